/*
 * Sends a file from Connect's window for files, and shows how it is read. What was sent is kept: after a break the sending
 * goes on where it was, by itself or when the person chooses the same file again.
 *
 * ES5 and no storage, as on the Connect page. All text is in the templates.
 */
(function () {
  'use strict';

  /** How often a file that is read is looked at, in ms. */
  var LOOK_MS = 1000;
  /** Waits before the sending is tried again, in ms; after the last one the person is asked. */
  var AGAIN_MS = [500, 1000, 2000, 4000, 8000];
  var REQUEST_TIMEOUT_MS = 15000;
  /** Answers after which the same request may do better. */
  var PASSING = ['upload_broken_off', 'wrong_offset', 'upload_in_use'];

  /**
   * A file on its way.
   * @typedef {{file: File, id: string, request: XMLHttpRequest | null, failed: number, timer: number}} Sending
   */

  /** Secret of the page, for each request. */
  var secret = '';
  /** @type {Sending | null} */
  var sending = null;
  var lookTimer = 0;
  /** What is known of each file that was shown, by its id: its state. @type {Object<string, string>} */
  var shown = {};

  // Before the first paint, so that what needs script never appears late.
  document.documentElement.className += ' script';

  /** @param {string} id @returns {HTMLElement} */
  function byId(id) {
    return /** @type {HTMLElement} */ (document.getElementById(id));
  }

  /** @param {string} name @param {number} [number] */
  function text(name, number) {
    var words = document.querySelector('[data-text="' + name + '"]');
    return ((words && words.textContent) || '').replace('{n}', String(number));
  }

  /** Tells those who do not see the page. @param {string} words */
  function say(words) {
    var status = byId('import-status');
    if (status.textContent !== words) status.textContent = words;
  }

  /** @param {string} body @returns {{id?: string, state?: string, received?: number, code?: string, detailedMessage?: string}} */
  function parsed(body) {
    try {
      return JSON.parse(body) || {};
    } catch (_) {
      return {};
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Object<string, string>} headers
   * @param {Blob | string | null} body
   * @param {(status: number, text: string) => void} done status 0: no answer
   * @param {(sent: number) => void} [told] is told how many bytes of the body are sent; then there is no time limit
   */
  function ask(method, path, headers, body, done, told) {
    var request = new XMLHttpRequest();
    request.open(method, path);
    Object.keys(headers).forEach(function (name) { request.setRequestHeader(name, headers[name]); });
    request.onreadystatechange = function () {
      if (request.readyState === 4) done(request.status, request.responseText);
    };
    if (told) request.upload.onprogress = function (event) { told(event.loaded); };
    else request.timeout = REQUEST_TIMEOUT_MS;
    request.send(body);
    return request;
  }

  // ------------------------------------------------------------------------------------------------------- sending

  /** @param {number} bytes of the file that are sent */
  function progress(bytes) {
    if (!sending) return;
    var percent = sending.file.size ? Math.min(100, Math.floor(bytes * 100 / sending.file.size)) : 100;
    /** @type {HTMLProgressElement} */ (byId('sending-bar')).value = percent;
    byId('sending-text').textContent = text('sending', percent);
  }

  /** Asks where the file begins or goes on, and sends from there. @param {Sending} one */
  function offer(one) {
    var file = one.file;
    var body = 'secret=' + encodeURIComponent(secret) + '&name=' + encodeURIComponent(file.name || 'file') +
      '&bytes=' + file.size + '&modified=' + Math.max(0, Math.floor(file.lastModified || 0));
    one.request = ask('POST', '/connect/imports', { 'Content-Type': 'application/x-www-form-urlencoded' }, body, function (status, answer) {
      if (sending !== one) return;
      var told = parsed(answer);
      if (status !== 200 || !told.id) {
        failed(status, answer);
        return;
      }
      one.id = told.id;
      send(one, told.received || 0);
    });
  }

  /** @param {Sending} one @param {number} from */
  function send(one, from) {
    progress(from);
    one.request = ask('PATCH', '/connect/imports/' + one.id, {
      'Content-Type': 'application/octet-stream', 'X-Hilum-Secret': secret, 'Upload-Offset': String(from)
    }, one.file.slice(from), function (status, answer) {
      if (sending !== one) return;
      // A part of the file may have come in well, where something on the way cut it.
      if (status !== 202 || parsed(answer).state === 'receiving') {
        failed(status === 202 ? 0 : status, answer);
        return;
      }
      stop();
      /** @type {HTMLInputElement} */ (byId('file')).value = '';
      say(text('here'));
      shown[one.id] = 'reading';
      look();
    }, function (sent) {
      if (sending !== one) return;
      if (sent) one.failed = 0;
      progress(from + sent);
    });
  }

  /** @param {number} status @param {string} answer */
  function failed(status, answer) {
    var one = sending;
    if (!one) return;
    var told = parsed(answer);
    var passing = !status || (status >= 500 && status !== 507) || status === 429 || PASSING.indexOf(told.code || '') >= 0;
    if (!passing) {
      stop();
      byId('sending').hidden = false;
      byId('sending-bar').hidden = true;
      byId('sending-cancel').hidden = true;
      byId('sending-text').textContent = (status === 410 ? text('gone') : told.detailedMessage) || text('refused');
      say(byId('sending-text').textContent || '');
      return;
    }
    if (one.failed < AGAIN_MS.length) {
      byId('sending-text').textContent = text('retrying');
      one.timer = window.setTimeout(offer, AGAIN_MS[one.failed], one);
      one.failed += 1;
      return;
    }
    one.request = null;
    byId('sending-text').textContent = text('broken');
    byId('sending-on').hidden = false;
    byId('sending-on').focus();
    say(text('broken'));
  }

  function goOn() {
    if (!sending) return;
    sending.failed = 0;
    byId('sending-on').hidden = true;
    byId('sending-cancel').focus();
    offer(sending);
  }

  /** The file is sent, or is not to be sent any more. */
  function stop() {
    var one = sending;
    sending = null;
    if (one) window.clearTimeout(one.timer);
    byId('sending').hidden = true;
    byId('sending-on').hidden = true;
    /** @type {HTMLInputElement} */ (byId('file')).disabled = false;
    if (one && one.request && one.request.readyState !== 4) one.request.abort();
  }

  function choose() {
    var input = /** @type {HTMLInputElement} */ (byId('file'));
    var file = input.files && input.files[0];
    if (!file || sending) return;
    sending = { file: file, id: '', request: null, failed: 0, timer: 0 };
    input.disabled = true;
    byId('sending').hidden = false;
    byId('sending-bar').hidden = false;
    byId('sending-cancel').hidden = false;
    byId('sending-name').textContent = file.name;
    progress(0);
    say(text('started'));
    byId('sending-cancel').focus();
    offer(sending);
  }

  function cancel() {
    var id = sending && sending.id;
    stop();
    byId('file').focus();
    if (id) withdraw(id);
    else say(text('cancelled'));
  }

  // ------------------------------------------------------------------------------------------------------- reading

  /** @param {string} id */
  function withdraw(id) {
    ask('DELETE', '/connect/imports/' + id, { 'X-Hilum-Secret': secret }, null, function (status) {
      if (status === 200) say(text('cancelled'));
      look();
    });
  }

  /** Shows the files as the server knows them, and looks again while one is read. */
  function look() {
    window.clearTimeout(lookTimer);
    ask('GET', '/connect/imports', { 'X-Hilum-Secret': secret }, null, function (status, html) {
      if (status === 200) {
        put(html);
      } else if (status >= 400 && status < 500) {
        say(text('gone'));
        return;
      }
      if (status !== 200 || byId('files').querySelector('[data-state="reading"]')) lookTimer = window.setTimeout(look, LOOK_MS);
    });
  }

  /** @param {string} html our own fragment */
  function put(html) {
    var files = byId('files');
    var focused = /** @type {HTMLElement | null} */ (document.activeElement);
    var held = focused && files.contains(focused) ? focused.getAttribute('data-id') : null;
    files.innerHTML = html;
    tell();
    if (!held) return;
    var again = /** @type {HTMLElement | null} */ (files.querySelector('button[data-id="' + held + '"]'));
    (again || byId('file')).focus();
  }

  /** Hides the file that this window sends, and says what became of the others. */
  function tell() {
    var before = shown;
    shown = {};
    Array.prototype.forEach.call(byId('files').querySelectorAll('.file'), function (/** @type {HTMLElement} */ file) {
      var id = file.getAttribute('data-id') || '';
      var state = file.getAttribute('data-state') || '';
      file.hidden = Boolean(sending && sending.id === id);
      shown[id] = state;
      if (before[id] === 'reading' && (state === 'done' || state === 'failed')) say(text(state));
    });
  }

  /** @param {Event} event */
  function onClick(event) {
    var node = /** @type {Node | null} */ (event.target);
    while (node && node.nodeName !== 'BUTTON') node = node.parentNode;
    var button = /** @type {HTMLElement | null} */ (node);
    if (!button) return;
    if (button.id === 'sending-cancel') cancel();
    else if (button.id === 'sending-on') goOn();
    else if ((' ' + button.className + ' ').indexOf(' withdraw ') >= 0) withdraw(button.getAttribute('data-id') || '');
  }

  /** @param {BeforeUnloadEvent} event */
  function onLeave(event) {
    if (!sending) return;
    event.preventDefault();
    event.returnValue = '';
  }

  function begin() {
    var script = byId('hilum-data');
    secret = JSON.parse(script.textContent || '{}').secret;
    if (script.parentNode) script.parentNode.removeChild(script);
    byId('file').addEventListener('change', choose);
    document.addEventListener('click', onClick);
    window.addEventListener('beforeunload', onLeave);
    tell();
    if (byId('files').querySelector('.file')) look();
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin);
  else begin();
})();
