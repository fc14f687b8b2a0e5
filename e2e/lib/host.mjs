// An app as a developer builds it from the web guide: a page with the script, the button and the three callbacks, and a
// server that exchanges the token with the app's secret. Nothing in it knows Hilum but the address.
import { createServer } from 'node:http';

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

async function readBody(request) {
  let body = '';
  for await (const part of request) body += part;
  return body;
}

/**
 * @param {{hilum: string}} demo
 * @param {number} port
 */
export async function startHost(demo, port) {
  /** What the app remembers of its people: by its own id. @type {Map<string, object>} */
  const people = new Map();
  /** Further pages of this app, by path; those that are no HTML with their type. @type {Map<string, string | {type: string, body: string}>} */
  const pages = new Map([['/elsewhere', '<!doctype html><link rel="icon" href="data:,"><title>Elsewhere</title>']]);
  let app;

  /** The page: `?user=` is the login; `?forget=1` leaves out the public token; `?options=` adds to the options. */
  function page(query) {
    const user = query.get('user') ?? '';
    const publicToken = query.get('forget') ? '' : people.get(user)?.publicToken ?? '';
    const script = query.get('script') ?? `${demo.hilum}/connect.js`;
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${query.get('referrer') ? `<meta name="referrer" content="${escape(query.get('referrer'))}">` : ''}
<title>Riverside Wellness</title>
<link rel="icon" href="data:,">
<script src='${escape(script)}'></script>
</head>
<body style="font-family: sans-serif; margin: 24px">
<h1>Riverside Wellness</h1>
<p>Link your devices so that your coach sees how you are doing.</p>
<img id='connect-health-data-btn' src='${demo.hilum}/assets/button/blue.png' alt='Connect Health Data' tabindex='0' role='button'/>
<p id="state">${publicToken ? 'known' : 'new'}</p>
<script>
window.calls = [];
document.getElementById('connect-health-data-btn').onclick = function () {
  var options = {
    clientUserId: encodeURIComponent(${JSON.stringify(user).replace(/</g, '\\u003c')}),
    clientId: '${app.clientId}',
    publicToken: '${publicToken}',
    finish: function (err, sessionTokenObject) {
      calls.push(['finish', err, sessionTokenObject]);
    },
    close: function () {
      calls.push(['close', arguments.length]);
    },
    error: function (err) {
      calls.push(['error', err]);
    }
  };
  var extra = ${(query.get('options') ?? '{}').replace(/</g, '\\u003c')};
  for (var name in extra) options[name] = extra[name];
  HumanConnect.open(options);
};
// The app's own part of "finish": hand the object to the server, then refresh, as the guide says.
window.finalise = function () {
  var call = calls.filter(function (one) { return one[0] === 'finish'; })[0];
  var request = new XMLHttpRequest();
  request.open('POST', '/finish');
  request.setRequestHeader('Content-Type', 'application/json');
  request.onload = function () { window.finalised = request.status; };
  request.send(JSON.stringify(call[2]));
};
</script>
</body>
</html>`;
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://host.invalid');
    const answer = (status, type, body) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(body);
    };
    if (request.method === 'POST' && url.pathname === '/finish') {
      const token = JSON.parse(await readBody(request));
      const exchanged = await fetch(`${demo.hilum}/v1/connect/tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...token, clientSecret: app.clientSecret }),
      });
      const body = await exchanged.json();
      if (exchanged.ok) people.set(body.clientUserId, body);
      return answer(exchanged.status, 'application/json', JSON.stringify(exchanged.ok ? {} : body));
    }
    if (url.pathname === '/') return answer(200, 'text/html; charset=utf-8', page(url.searchParams));
    const found = pages.get(url.pathname);
    if (found) return typeof found === 'string' ? answer(200, 'text/html; charset=utf-8', found) : answer(200, found.type, found.body);
    return answer(404, 'text/plain', 'not here');
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return {
    /** Another site than Hilum's for the browser: localhost against 127.0.0.1. */
    origin: `http://localhost:${port}`,
    people,
    pages,
    use(created) { app = created; },
    get app() { return app; },
    stop() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
