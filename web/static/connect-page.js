/*
 * The Connect page's script. The page works without it, by its forms; with it the list stays fresh, logins open in a
 * window of their own, and the host page is told how Connect ended (connect-host.js).
 *
 * ES5 and no storage: it runs in the web views of ten years ago. All text is in the templates.
 */
(function () {
  'use strict';

  /** Poll interval while the person chooses, in ms. */
  var POLL_OPEN_MS = 2000;
  /** Poll interval after the end, while the host page keeps this frame, in ms. */
  var POLL_ENDED_MS = 3000;
  /** A login that has told nothing for so long gets "Try again", in ms. */
  var STALLED_MS = 60000;
  /** The same after its window was seen closed. Short, but not nothing: a provider can sever the handle (COOP). */
  var CLOSED_MS = 3000;
  /** How long a disconnect can be taken back, in ms. */
  var UNDO_MS = 3000;
  /** A list that came during a press waits so long after its release: web views send the click up to 300 ms late. */
  var RELEASED_MS = 400;
  /** A press whose release was not seen, outside of this frame for instance, holds nothing any longer. */
  var PRESSED_MS = 10000;
  var REQUEST_TIMEOUT_MS = 15000;
  var LOGIN_WINDOW = 'hilum-login';
  var FORM_TYPE = 'application/x-www-form-urlencoded';

  /**
   * What only this script knows of a row: a login in another window, or a disconnect that can still be taken back.
   * @typedef {{view: 'waiting' | 'stalled' | 'leaving', was: string, version: string, since: number,
   *   handle: Window | null, closedAt: number, timer: number, body: string}} View
   */

  /** @type {PageData} */
  var data;
  /** @type {Object<string, View>} by provider id */
  var views = {};
  /** The end was told to the host page; nothing is shown any more. */
  var ended = false;
  /** The answer to the end is awaited. */
  var ending = false;
  /** The server no longer knows the session. */
  var expired = false;
  var refreshing = false;
  var refreshAgain = false;
  /** Each row as the server sent it, by its id. @type {Object<string, string>} */
  var served = {};
  /** Timer of a pointer or key that is down in the list, 0: none is. */
  var pressed = 0;
  /** The list that waits for the release. @type {{html: string, asked: number} | null} */
  var held = null;
  /** Failed polls in a row. */
  var failures = 0;
  var pollTimer = 0;

  // Before the first paint, so that what needs script never appears late.
  document.documentElement.className += ' script';

  // ---------------------------------------------------------------------------------------------------- small tools

  /** @param {string} id @returns {HTMLElement | null} */
  function byId(id) {
    return document.getElementById(id);
  }

  /** @param {string} selector @param {ParentNode} [within] @returns {HTMLElement[]} */
  function all(selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  }

  /** @param {Element} element @param {string} name @returns {string} */
  function attribute(element, name) {
    return element.getAttribute(name) || '';
  }

  /** @param {Element} element @param {string} name */
  function hasClass(element, name) {
    return (' ' + element.className + ' ').indexOf(' ' + name + ' ') >= 0;
  }

  /** @param {HTMLElement} element */
  function isVisible(element) {
    return element.getClientRects().length > 0;
  }

  /** The row that holds an element. @param {Node | null} node @returns {HTMLElement | null} */
  function rowOf(node) {
    while (node && node.nodeType === 1) {
      if (hasClass(/** @type {Element} */ (node), 'source')) return /** @type {HTMLElement} */ (node);
      node = node.parentNode;
    }
    return null;
  }

  /** @param {string} provider @returns {HTMLElement | null} */
  function rowNamed(provider) {
    return byId('source-' + provider);
  }

  function version() {
    var list = byId('sources');
    return list ? attribute(list, 'data-version') : '';
  }

  /** Says something in the page's status line. @param {string} text a key of the template @param {string} [name] */
  function say(text, name) {
    var status = byId('status');
    var source = document.querySelector('[data-text="' + text + '"]');
    if (!status || !source) return;
    var words = (source.textContent || '').replace('{source}', function () { return name || ''; });
    if (status.textContent !== words) status.textContent = words;
  }

  /** A form's fields as a request body. @param {HTMLFormElement} form @returns {string} */
  function bodyOf(form) {
    return all('input', form).map(function (element) {
      var input = /** @type {HTMLInputElement} */ (element);
      return encodeURIComponent(input.name) + '=' + encodeURIComponent(input.value);
    }).join('&');
  }

  /**
   * @param {string} path
   * @param {string} type
   * @param {string} body
   * @param {string} accept
   * @param {(status: number, text: string) => void} done status 0: no answer
   */
  function post(path, type, body, accept, done) {
    var request = new XMLHttpRequest();
    request.open('POST', path);
    request.timeout = REQUEST_TIMEOUT_MS;
    request.setRequestHeader('Content-Type', type);
    request.setRequestHeader('Accept', accept);
    request.onreadystatechange = function () {
      if (request.readyState === 4) done(request.status, request.responseText);
    };
    request.send(body);
  }

  /** @param {string} text @returns {any} undefined when it is not JSON */
  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch (_) {
      return undefined;
    }
  }

  // ------------------------------------------------------------------------------------------------------ the list

  /** Shows each row as the server or this script knows it, and only those that the search finds. */
  function show() {
    var search = /** @type {HTMLInputElement | null} */ (byId('search'));
    var wanted = search ? search.value.toLowerCase().replace(/^\s+|\s+$/g, '') : '';
    var found = 0;
    all('.source').forEach(function (row) {
      var view = views[attribute(row, 'data-provider')];
      row.setAttribute('data-view', view ? view.view : attribute(row, 'data-state'));
      row.hidden = attribute(row, 'data-name').toLowerCase().indexOf(wanted) < 0;
      if (!row.hidden) found += 1;
    });
    var nothing = byId('nothing');
    if (nothing) nothing.hidden = found > 0;
    return found;
  }

  /** What the server says of a row, to see whether it changed. @param {HTMLElement} row */
  function told(row) {
    var words = row.querySelector('.source-state');
    return attribute(row, 'data-state') + ' ' + (words ? words.textContent : '');
  }

  /**
   * Drops what this script remembered of logins whose result has come.
   * @param {number} asked when the list was asked for: of a login that began later it does not tell the result
   */
  function settle(asked) {
    Object.keys(views).forEach(function (provider) {
      var view = views[provider];
      var row = rowNamed(provider);
      if (!row) {
        delete views[provider];
      } else if (view.since >= asked) {
        view.was = told(row);
        view.version = version();
      } else if (view.view !== 'leaving') {
        var changed = told(row) !== view.was;
        // The same failure twice looks unchanged; with the window gone, any news is the news.
        if (changed || (view.closedAt && version() !== view.version)) {
          delete views[provider];
          var state = attribute(row, 'data-state');
          say(state === 'connected' || state === 'question' ? state : 'failed', attribute(row, 'data-name'));
        }
      }
    });
  }

  /** Puts the keyboard back where it was after its element went away. @param {string} provider */
  function refocus(provider) {
    var row = rowNamed(provider);
    var target = row && all('button', row).filter(isVisible)[0];
    if (target) target.focus();
  }

  /** @param {HTMLElement} list */
  function remember(list) {
    served = {};
    /** @type {Object<string, Row>} */
    var told = {};
    all('.source', list).forEach(function (row) {
      served[row.id] = row.outerHTML;
      var state = attribute(row, 'data-state');
      told[row.id] = {
        source: { id: attribute(row, 'data-number'), name: attribute(row, 'data-name') },
        // A question stands in the place of a source that waits for its person.
        connected: ['connected', 'attention', 'question'].indexOf(state) >= 0,
        held: attribute(row, 'data-held') !== ''
      };
    });
    hilumHost.list(told);
  }

  /** Puts new rows in the place of those that differ; the others stay, with their focus. @param {HTMLElement} fresh */
  function exchange(fresh) {
    var list = /** @type {HTMLElement} */ (byId('sources'));
    var before = served;
    remember(fresh);
    var rows = all('.source', fresh).map(function (row) {
      return before[row.id] === served[row.id] ? byId(row.id) || row : row;
    });
    all('.source', list).forEach(function (row) {
      if (rows.indexOf(row) < 0 && row.parentNode) row.parentNode.removeChild(row);
    });
    var next = list.firstElementChild;
    rows.forEach(function (row) {
      if (row === next) next = row.nextElementSibling;
      else list.insertBefore(row, next);
    });
    list.setAttribute('data-version', attribute(fresh, 'data-version'));
  }

  /**
   * Takes a new list from the server. While a pointer or key is down in the list it waits: a button that is replaced
   * between press and release gets no click.
   * @param {string} html our own fragment
   * @param {number} asked when it was asked for
   */
  function replace(html, asked) {
    if (pressed) {
      held = { html: html, asked: asked };
      return;
    }
    var holder = document.createElement('div');
    holder.innerHTML = html;
    var fresh = /** @type {HTMLElement | null} */ (holder.querySelector('#sources'));
    if (!fresh || !byId('sources')) return;
    var focused = /** @type {HTMLElement} */ (document.activeElement);
    var row = rowOf(focused);
    exchange(fresh);
    settle(asked);
    show();
    if (row && !isVisible(focused)) refocus(attribute(row, 'data-provider'));
  }

  function land() {
    pressed = 0;
    var list = held;
    held = null;
    if (list && !ended && !ending) replace(list.html, list.asked);
  }

  /** @param {Event} event */
  function onPress(event) {
    if (!rowOf(/** @type {Node} */ (event.target))) return;
    window.clearTimeout(pressed);
    pressed = window.setTimeout(land, PRESSED_MS);
  }

  function onRelease() {
    if (!pressed) return;
    window.clearTimeout(pressed);
    pressed = window.setTimeout(land, RELEASED_MS);
  }

  function refresh() {
    if (ended || ending || expired || data.error) return;
    if (refreshing) {
      refreshAgain = true;
      return;
    }
    refreshing = true;
    var asked = Date.now();
    post('/connect/list', FORM_TYPE, 'secret=' + data.secret, 'text/html; fragment', function (status, html) {
      refreshing = false;
      if (ended || ending) return;
      if (status === 200) replace(html, asked);
      else if (status >= 400 && status < 500) expire();
      if (refreshAgain) {
        refreshAgain = false;
        refresh();
      }
    });
  }

  function expire() {
    expired = true;
    say('expired');
    all('.source button').forEach(function (button) {
      /** @type {HTMLButtonElement} */ (button).disabled = true;
    });
  }

  function poll() {
    window.clearTimeout(pollTimer);
    if (document.hidden && !ended) return; // goes on when the page is seen again
    post('/connect/poll', 'application/json', JSON.stringify({ poll: data.poll }), 'application/json', function (status, text) {
      // 412 after the end is the documented answer; before it, the list tells whether the session still lives.
      if (status === 200) {
        var answer = parsed(text);
        if (failures > 1) say('resting');
        failures = 0;
        if (answer && String(answer.version) !== version()) refresh();
      } else if (status === 412) {
        refresh();
      } else if (!ended && !ending) {
        failures += 1;
        if (failures > 1) say('offline');
      }
      window.clearTimeout(pollTimer);
      pollTimer = window.setTimeout(poll, ended ? POLL_ENDED_MS : POLL_OPEN_MS);
    });
  }

  // ------------------------------------------------------------------------------------------- connect, disconnect

  /** Opens the window for a login, from the person's click. @param {string} name @returns {Window | null} */
  function loginWindow(name) {
    var width = 560;
    var height = Math.max(600, Math.min(820, window.screen.availHeight - 60));
    var left = Math.max(0, Math.round((window.screen.availWidth - width) / 2));
    var top = Math.max(0, Math.round((window.screen.availHeight - height) / 2));
    var handle = window.open('about:blank', name,
      'width=' + width + ',height=' + height + ',left=' + left + ',top=' + top + ',resizable=yes,scrollbars=yes');
    // The provider must not be able to send this page elsewhere.
    if (handle) handle.opener = null;
    return handle;
  }

  /** @param {HTMLElement} row @param {HTMLFormElement} form */
  function start(row, form) {
    var provider = attribute(row, 'data-provider');
    var handle = null;
    if (hasClass(form, 'door')) {
      // Its window tells by itself how it goes; the list follows.
      var name = LOGIN_WINDOW + '-' + Date.now();
      if (data.form === 'frame') form.target = loginWindow(name) ? name : '_blank';
      return;
    }
    // The page waits for one login at a time; an older one can still be finished in its window.
    Object.keys(views).forEach(function (other) {
      if (views[other].view !== 'leaving') delete views[other];
    });
    if (data.form === 'frame') {
      // A name of its own each time: an older window that lost its opener can not be used again.
      var name = LOGIN_WINDOW + '-' + Date.now();
      handle = loginWindow(name);
      form.target = handle ? name : '_blank';
    } else if (form.action.indexOf('popup=1') < 0) {
      return; // the login replaces this page
    }
    views[provider] = {
      view: 'waiting', was: told(row), version: version(), since: Date.now(), handle: handle, closedAt: 0, timer: 0, body: ''
    };
    say('waiting', attribute(row, 'data-name'));
    // After the browser has taken the form: hiding a button while it submits can stop the submission.
    window.setTimeout(function () {
      show();
      refocus(provider);
    }, 0);
  }

  /** Looks after logins in the other window. */
  function watch() {
    var now = Date.now();
    Object.keys(views).forEach(function (provider) {
      var view = views[provider];
      if (view.view !== 'waiting') return;
      if (view.handle && view.handle.closed && !view.closedAt) {
        view.closedAt = now;
        refresh();
      }
      if (now - view.since < STALLED_MS && !(view.closedAt && now - view.closedAt >= CLOSED_MS)) return;
      view.view = 'stalled';
      var row = rowNamed(provider);
      var focused = rowOf(document.activeElement);
      show();
      if (row) say('stalled', attribute(row, 'data-name'));
      if (row && row === focused) refocus(provider);
    });
  }

  /** Stops waiting. The window can not be closed from here, having no opener. @param {HTMLElement} row */
  function cancel(row) {
    var provider = attribute(row, 'data-provider');
    delete views[provider];
    say('cancelled', attribute(row, 'data-name'));
    show();
    refocus(provider);
  }

  /** Disconnects after a moment in which the person can take it back. @param {HTMLElement} row @param {HTMLFormElement} form */
  function leave(row, form) {
    var provider = attribute(row, 'data-provider');
    if (views[provider] && views[provider].view === 'leaving') return;
    views[provider] = {
      view: 'leaving', was: '', version: '', since: Date.now(), handle: null, closedAt: 0, body: bodyOf(form),
      timer: window.setTimeout(function () { disconnect(provider, function () {}); }, UNDO_MS)
    };
    say('leaving', attribute(row, 'data-name'));
    show();
    refocus(provider);
  }

  /** Answers a question of a row. @param {HTMLElement} row @param {HTMLFormElement} form */
  function answer(row, form) {
    var asked = Date.now();
    var action = attribute(form, 'action');
    post(action, FORM_TYPE, bodyOf(form), 'text/html; fragment', function (status, html) {
      if (status === 200) {
        replace(html, asked);
        say(action === '/connect/agree' ? 'connected' : 'declined', attribute(row, 'data-name'));
      } else {
        say(status ? 'unfinished' : 'offline');
      }
    });
  }

  /** @param {HTMLElement} row */
  function keep(row) {
    var provider = attribute(row, 'data-provider');
    var view = views[provider];
    if (!view || view.view !== 'leaving' || !view.timer) return; // already on its way
    window.clearTimeout(view.timer);
    delete views[provider];
    say('kept', attribute(row, 'data-name'));
    show();
    refocus(provider);
  }

  /** @param {string} provider @param {(done: boolean) => void} then */
  function disconnect(provider, then) {
    var view = views[provider];
    window.clearTimeout(view.timer);
    view.timer = 0;
    var asked = Date.now();
    post('/connect/disconnect', FORM_TYPE, view.body, 'text/html; fragment', function (status, html) {
      var row = rowNamed(provider);
      if (views[provider] === view) delete views[provider];
      if (status === 200) {
        replace(html, asked);
        if (row) say('disconnected', attribute(row, 'data-name'));
      } else {
        show();
        say(status ? 'unfinished' : 'offline');
      }
      then(status === 200);
    });
  }

  /** Sends every disconnect that still waits. @param {(done: boolean) => void} then */
  function flush(then) {
    var waiting = Object.keys(views).filter(function (provider) {
      return views[provider].view === 'leaving' && views[provider].timer;
    });
    if (!waiting.length) {
      then(true);
      return;
    }
    disconnect(waiting[0], function (done) {
      if (done) flush(then);
      else then(false);
    });
  }

  /** The page goes away: what the person pressed still holds. */
  function onPageHide() {
    Object.keys(views).forEach(function (provider) {
      var view = views[provider];
      if (view.view !== 'leaving' || !view.timer) return;
      window.clearTimeout(view.timer);
      view.timer = 0;
      if (navigator.sendBeacon) navigator.sendBeacon('/connect/disconnect', new Blob([view.body], { type: FORM_TYPE }));
    });
  }

  // ------------------------------------------------------------------------------------------------------- the end

  /** Tells the host page the one end of this session. @param {() => void} tell */
  function conclude(tell) {
    ended = true;
    var card = byId('card');
    if (card && card.parentNode) card.parentNode.removeChild(card); // with it the page secret
    tell();
    poll();
  }

  function closed() {
    hilumHost.close(expired);
  }

  /** Asks the server how this session ended, and passes it on. */
  function end() {
    if (ended || ending) return;
    if (data.error || expired) {
      conclude(closed);
      return;
    }
    ending = true;
    flush(function (flushed) {
      if (!flushed) {
        ending = false;
        return;
      }
      post('/connect/end', FORM_TYPE, 'secret=' + data.secret, 'application/json', function (status, text) {
        ending = false;
        var answer = status === 200 ? parsed(text) : undefined;
        if (answer && answer.result === 'finish') conclude(function () { hilumHost.finish(answer.token); });
        else if (answer && answer.result === 'close') conclude(closed);
        else if (status >= 400 && status < 500) expire();
        else say(status ? 'unfinished' : 'offline');
      });
    });
  }

  /** The redirect form: the form itself takes the browser on, once nothing waits. @param {HTMLFormElement} form */
  function endByForm(form) {
    if (ending) return;
    ending = true;
    flush(function (flushed) {
      ending = false;
      if (flushed) form.submit();
    });
  }

  // -------------------------------------------------------------------------------------------------------- events

  /** @param {Event} event */
  function onSubmit(event) {
    var form = /** @type {HTMLFormElement} */ (event.target);
    var row = rowOf(form);
    if (row && hasClass(form, 'start')) {
      start(row, form);
    } else if (row && hasClass(form, 'answer')) {
      event.preventDefault();
      answer(row, form);
    } else if (row && hasClass(form, 'disconnect')) {
      event.preventDefault();
      leave(row, form);
    } else if (hasClass(form, 'end')) {
      event.preventDefault();
      if (data.form === 'frame') end();
      else endByForm(form);
    }
  }

  /** @param {MouseEvent} event */
  function onClick(event) {
    var node = /** @type {Node | null} */ (event.target);
    while (node && node.nodeName !== 'BUTTON') node = node.parentNode;
    if (!node) return;
    var button = /** @type {HTMLElement} */ (node);
    var row = rowOf(button);
    if (row && hasClass(button, 'cancel')) cancel(row);
    else if (row && hasClass(button, 'keep')) keep(row);
    else if (button.id === 'close') end();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (data.form !== 'frame') return;
    if (event.key === 'Escape' || event.keyCode === 27) {
      var search = /** @type {HTMLInputElement | null} */ (byId('search'));
      if (search && search.value && document.activeElement === search) {
        search.value = '';
        show();
      } else {
        end();
      }
      event.preventDefault();
    } else if (event.key === 'Tab' || event.keyCode === 9) {
      var stops = all('a[href], button, input').filter(isVisible);
      var here = /** @type {HTMLElement} */ (document.activeElement);
      var last = stops.length - 1;
      if (last < 0) return;
      if (event.shiftKey && stops.indexOf(here) <= 0) {
        event.preventDefault();
        stops[last].focus();
      } else if (!event.shiftKey && here === stops[last]) {
        event.preventDefault();
        stops[0].focus();
      }
    }
  }

  /** Reading starts at the top of Connect, not of the page below it. */
  function focusHeading() {
    var heading = byId('heading');
    if (heading && data.form === 'frame' && document.activeElement === document.body) heading.focus();
  }

  /** The person comes to this frame or back to this window. */
  function onFocus() {
    focusHeading(); // a frame may take the focus only once it was given it
    refresh();
  }

  function onSearch() {
    say('found', String(show()));
  }

  function begin() {
    var script = byId('hilum-data');
    if (!script || !script.parentNode) return;
    data = JSON.parse(script.textContent || '');
    script.parentNode.removeChild(script);

    hilumHost.listen(data, refresh);
    document.addEventListener('submit', onSubmit);
    document.addEventListener('click', onClick);
    document.addEventListener('keydown', onKey);
    ['mousedown', 'touchstart', 'keydown'].forEach(function (name) {
      document.addEventListener(name, onPress);
    });
    ['mouseup', 'touchend', 'touchcancel', 'keyup', 'dragend'].forEach(function (name) {
      document.addEventListener(name, onRelease);
    });
    window.addEventListener('blur', onRelease);
    var list = byId('sources');
    if (list) remember(list);
    var search = byId('search');
    if (search) search.addEventListener('input', onSearch);
    show();

    if (data.form === 'frame' && window.parent === window) {
      // Opened by itself, from a mail for instance: there is no page that could take the result.
      document.documentElement.className += ' orphan';
      return;
    }
    hilumHost.find();
    focusHeading();
    window.addEventListener('focus', onFocus);
    if (data.error) return;

    window.addEventListener('pagehide', onPageHide);
    window.addEventListener('pageshow', function (event) {
      if (event.persisted) {
        refresh();
        poll();
      }
    });
    document.addEventListener('visibilitychange', function () {
      if (!document.hidden) poll();
    });
    window.setInterval(watch, 500);
    poll();
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin);
  else begin();
})();
