/*
 * connect.js, first generation. HumanConnect.open(options) shows the Connect page in a frame over this page, then calls
 * finish(null, token) once if a source was added or removed, close() if not, error(problem) if it cannot start.
 *
 * Handwritten ES5, served as it stands. Departs from the scripts of 2014 and 2016 on purpose:
 *  - the session token lives in memory only; one that an older script left in localStorage is deleted;
 *  - messages count only from our frame and origin, and are sent to our origin only;
 *  - hapi-connect-popup-iframe opens addresses of our origin only: a provider's login needs a window of its own;
 *  - a frame that shows nothing (unknown app, unregistered origin, no network) is removed and told to `error`.
 */
(function (window, document) {
  'use strict';

  /**
   * @typedef {{humanId: string, clientId: string, sessionToken: string}} SessionToken
   * @typedef {{code: string, message: string, detailedMessage: string}} ConnectError
   *
   * @typedef {object} ConnectOptions
   * @property {string} [clientUserId] the app's own id of the person, already through encodeURIComponent
   * @property {string} [clientId] from the app's settings
   * @property {string} [publicToken] of a known person; empty: the one given earlier on this page, else a new person
   * @property {(error: null, token: SessionToken) => void} [finish]
   * @property {() => void} [close]
   * @property {(error: ConnectError) => void} [error]
   * @property {string} [language] default "en"
   * @property {string} [mode] a named selection of sources
   * @property {boolean | number} [modal] leaves the host page undimmed around the card
   * @property {object} [style]
   * @property {boolean | number} [embed]
   * @property {boolean | number} [iframe]
   * @property {string} [addedSource]
   * @property {string} [sourceId]
   * @property {string} [test]
   * @property {string} [ka]
   * @property {string} [uiState] not sent
   * @property {string} [uiMessageType] not sent
   * @property {string} [_baseURL] another server than the one of this script
   * @property {boolean} [_debug] logs the types of messages
   * @property {boolean} [_isDevPortal]
   * @property {string} [__finishUrl]
   * @property {string} [__closeUrl]
   */

  if (window.HumanConnect) return;

  /** No message so long after the frame has loaded: it shows an error of the browser, not Connect. In ms. */
  var SILENCE_MS = 5000;
  /** The frame has not even loaded, in ms. */
  var UNREACHABLE_MS = 30000;
  var COVER = 'position:fixed;top:0;left:0;width:100%;height:100%;border:0;margin:0;padding:0;overflow-y:auto;' +
    'z-index:99999;background:transparent;color-scheme:light dark';
  var SPINNER = 'position:fixed;top:50%;left:50%;width:30px;height:30px;margin:-15px 0 0 -15px;z-index:99999';
  var NEWS = '{"type":"hapi-external-auth-added"}';

  var scriptBase = ownBase();
  /** The frame that is in the document; at most one. @type {HTMLIFrameElement | null} */
  var frame = null;
  /** A second frame, see above. @type {HTMLIFrameElement | null} */
  var popup = null;
  /** @type {HTMLImageElement | null} */
  var spinner = null;
  /** Origin that `frame` was opened at, and the whole address. */
  var origin = '';
  var shown = '';
  /** The end of this opening was told. */
  var over = true;
  /** The frame has spoken. */
  var heard = false;
  var debug = false;
  var timer = 0;
  /** @type {Element | null} */
  var focused = null;
  /** What the body had before scrolling was held. @type {string | null} */
  var overflow = null;

  /** The address this script came from, without its file name. */
  function ownBase() {
    var current = /** @type {HTMLScriptElement | null} */ (document.currentScript);
    var scripts = document.getElementsByTagName('script');
    for (var i = scripts.length - 1; !(current && current.src) && i >= 0; i -= 1) {
      if (/\/connect\.js([?#]|$)/.test(scripts[i].src)) current = scripts[i];
    }
    return current ? current.src.replace(/\/[^/?#]*([?#].*)?$/, '') : '';
  }

  /** @param {string} address @returns {string} its origin, "" if it has none */
  function originOf(address) {
    var link = document.createElement('a');
    link.href = address;
    var port = /^(http:.*:80|https:.*:443)$/.test(link.protocol + link.host) ? '' : link.port;
    return /^https?:$/.test(link.protocol) ? link.protocol + '//' + link.hostname + (port ? ':' + port : '') : '';
  }

  /** @param {Element | null} element */
  function remove(element) {
    if (element && element.parentNode) element.parentNode.removeChild(element);
  }

  /** In the head of a page that still loads there is no body. @param {Element} element */
  function append(element) {
    (document.body || document.documentElement).appendChild(element);
  }

  /** @param {string} id @param {string} address @returns {HTMLIFrameElement} */
  function makeFrame(id, address) {
    var made = document.createElement('iframe');
    made.id = id;
    made.title = 'Connect health data';
    made.setAttribute('allowtransparency', 'true');
    made.setAttribute('frameBorder', '0');
    made.style.cssText = COVER;
    made.src = address;
    return made;
  }

  /** The options as the Connect page's address, in the order that servers know. @param {ConnectOptions} options */
  function addressOf(options) {
    var pairs = ['clientUserId=' + options.clientUserId]; // as given: pages encode it themselves
    /** @param {string} name @param {unknown} value */
    function add(name, value) {
      if (value) pairs.push(name + '=' + encodeURIComponent(value === true ? '1' : String(value)));
    }
    add('clientId', options.clientId);
    add('publicToken', api.publicToken);
    add('iframeFlag', options.iframe);
    add('embed', options.embed);
    add('lang', api.language);
    add('addedSource', options.addedSource);
    add('devPortal', options._isDevPortal);
    add('finishUrl', options.__finishUrl);
    add('closeUrl', options.__closeUrl);
    add('style', options.style && JSON.stringify(options.style));
    add('modal', options.modal);
    add('mode', options.mode);
    add('test', options.test);
    add('ka', options.ka);
    add('sourceId', options.sourceId);
    return pairs.join('&');
  }

  /** Gives the page back to the person. */
  function release() {
    window.clearTimeout(timer);
    remove(spinner);
    remove(popup);
    spinner = popup = null;
    if (overflow !== null) document.body.style.overflow = overflow;
    overflow = null;
    if (focused && /** @type {HTMLElement} */ (focused).focus) /** @type {HTMLElement} */ (focused).focus();
    focused = null;
  }

  /** Takes Connect away. */
  function drop() {
    over = true;
    remove(frame);
    frame = null;
    release();
  }

  function unavailable() {
    drop();
    if (api.onError) {
      api.onError({
        code: 'connect_unavailable',
        message: 'Connect Unavailable',
        detailedMessage: 'Connect did not load. Check the clientId, the network, and that the origin of this page is registered.'
      });
    }
  }

  function onLoad() {
    if (over || !frame || !frame.contentWindow) return;
    frame.contentWindow.postMessage('{"type":"hilum-hello"}', origin);
    if (heard) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(unavailable, SILENCE_MS);
  }

  /** A sign of life. */
  function onHeard() {
    heard = true;
    window.clearTimeout(timer);
    remove(spinner);
    spinner = null;
    if (overflow === null && document.body) {
      overflow = document.body.style.overflow;
      document.body.style.overflow = 'hidden';
    }
    if (frame) frame.focus();
  }

  /** Connect's own address in a second frame. @param {unknown} address */
  function openPopup(address) {
    if (typeof address !== 'string' || originOf(address) !== origin) return;
    remove(popup);
    popup = makeFrame('hapi-popup-iframe', address);
    append(popup);
  }

  /** @param {MessageEvent} event */
  function onMessage(event) {
    var ours = frame && event.source === frame.contentWindow;
    var second = popup && event.source === popup.contentWindow;
    if (over || !(ours || second) || event.origin !== origin || typeof event.data !== 'string') return;
    var message;
    try {
      message = JSON.parse(event.data);
    } catch (_) {
      return;
    }
    if (!message || typeof message !== 'object') return;
    if (debug) console.log('HumanConnect', message.type);

    if (message.type === 'hapi-close-popup-iframe' || message.type === 'hapi-close-popup-mobile') {
      if (second) {
        remove(popup);
        popup = null;
      }
      if (frame && frame.contentWindow) frame.contentWindow.postMessage(NEWS, origin);
      return;
    }
    if (!ours) return;
    switch (message.type) {
      case 'hapi-connect-open':
        onHeard();
        break;
      case 'hapi-connect-error':
        onHeard(); // the frame stays: it shows the error and a way to close
        if (api.onError) api.onError(message.error);
        break;
      case 'hapi-connect-popup-iframe':
        openPopup(message.url);
        break;
      case 'hapi-connect-close':
        drop();
        if (api.onClose) api.onClose();
        break;
      case 'hapi-connect-finish':
        over = true;
        if (frame) frame.style.display = 'none'; // it stays in the document and goes on polling
        release();
        if (api.onFinish) api.onFinish(null, message.token);
        break;
    }
  }

  /** @param {ConnectOptions} options */
  function open(options) {
    options = options || {};
    if (options.publicToken) api.publicToken = options.publicToken;
    api.clientId = options.clientId;
    api.clientUserId = options.clientUserId;
    api.language = options.language || 'en';
    api.mode = options.mode;
    api.uiState = options.uiState;
    api.uiMessageType = options.uiMessageType;
    api.onFinish = options.finish;
    api.onClose = options.close;
    api.onError = options.error;
    debug = !!options._debug;

    var base = (options._baseURL || scriptBase).replace(/\/+$/, '');
    var address = base + '/?' + addressOf(options);
    if (frame && !over && shown === address) return; // a second click: it is already open
    if (frame) drop();

    shown = address;
    origin = originOf(base);
    over = heard = false;
    focused = document.activeElement;
    spinner = document.createElement('img');
    spinner.src = base + '/spinner.gif';
    spinner.alt = '';
    spinner.style.cssText = SPINNER;
    append(spinner);
    frame = makeFrame('human-connect', address);
    frame.onload = onLoad;
    append(frame);
    timer = window.setTimeout(unavailable, UNREACHABLE_MS);
  }

  /** The global. Beside the two functions it shows the state of the last `open`, as the older scripts did. */
  var api = {
    open: open,
    /** @param {string} token */
    setPublicToken: function (token) {
      api.publicToken = token;
    },
    publicToken: '',
    language: 'en',
    /** @type {string | undefined} */
    clientId: undefined,
    /** @type {string | undefined} */
    clientUserId: undefined,
    /** @type {string | undefined} */
    mode: undefined,
    /** @type {string | undefined} */
    uiState: undefined,
    /** @type {string | undefined} */
    uiMessageType: undefined,
    /** @type {ConnectOptions['finish']} */
    onFinish: undefined,
    /** @type {ConnectOptions['close']} */
    onClose: undefined,
    /** @type {ConnectOptions['error']} */
    onError: undefined
  };
  window.HumanConnect = api;

  try {
    window.localStorage.removeItem('humanapiSessionToken');
  } catch (_) {
    // No storage, nothing left in it.
  }
  window.addEventListener('message', onMessage);
})(window, document);
