// Part one of the integration: open Connect from the button's click, hand the result to our server.
(function () {
  'use strict';
  var page = document.body.dataset;
  var message = document.getElementById('message');

  document.getElementById('connect').addEventListener('click', function () {
    message.textContent = '';
    HumanConnect.open({
      clientUserId: encodeURIComponent(page.clientUserId),
      clientId: page.clientId,
      publicToken: page.publicToken, // empty for a new person
      finish: function (err, sessionTokenObject) {
        fetch('/connect/finish', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(sessionTokenObject)
        }).then(function (answer) {
          if (answer.ok) {
            location.reload(); // with the new publicToken
          } else {
            return answer.json().then(function (body) { message.textContent = 'Not connected: ' + body.error; });
          }
        });
      },
      close: function () { message.textContent = 'Closed. Nothing was changed.'; },
      error: function (err) { message.textContent = err.message + ' ' + err.detailedMessage; }
    });
  });
})();
