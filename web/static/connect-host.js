/*
 * What the Connect page says to the page that frames it, and to no other: texts for connect.js, objects for the clients of
 * the second generation (`/?token=`). ES5, as the page's own script.
 */
/**
 * @typedef {{code: string, message: string, detailedMessage: string}} Problem
 * @typedef {{form: 'frame' | 'redirect', mode: 'create' | 'edit', secret: string, poll: string, openToken: string,
 *   objects: boolean, origins: string[], error: Problem | null}} PageData
 *
 * A source as an object tells of it.
 * @typedef {{id: string, name: string}} Source
 * A row of the list: connected or not; held: the app learns of it at the end.
 * @typedef {{source: Source, connected: boolean, held: boolean}} Row
 */

var hilumHost = (function () {
  'use strict';

  /** @type {PageData} */
  var data;
  /** Origin of the host page, once known and found registered. */
  var host = '';
  /** What to do when something happened elsewhere. @type {() => void} */
  var news = function () {};
  /** The rows as the app knows them, by key; `null` before the first list. @type {Object<string, Row> | null} */
  var rows = null;
  /** Those that the app learns of at the end. @type {Object<string, Row>} */
  var held = {};
  /** What this page changed, net. @type {Source[]} */
  var connected = [];
  /** @type {Source[]} */
  var disconnected = [];

  /** Posts to the host page, never to any other. @param {unknown} message */
  function post(message) {
    if (window.parent === window) return;
    if (host) window.parent.postMessage(message, host);
    // A browser that does not tell who frames this page: the message reaches its parent if that is one of these.
    else if (data.objects) data.origins.forEach(function (origin) { window.parent.postMessage(message, origin); });
  }

  /** A message for connect.js. @param {Object<string, unknown>} message */
  function tellText(message) {
    if (host) post(JSON.stringify(message));
  }

  // ------------------------------------------------------------------------------------------------------- objects

  /** @param {Source[]} list @param {Source} source */
  function without(list, source) {
    return list.filter(function (other) { return other.id !== source.id; });
  }

  /** @param {string} type @param {string} status */
  function tellObject(type, status) {
    var known = rows || {};
    var current = Object.keys(known).map(function (key) { return known[key]; });
    post({
      type: type,
      status: status,
      sessionResults: { connectedSources: connected, disconnectedSources: disconnected, requestedSources: [] },
      currentConnections: current.filter(function (row) { return row.connected; }).map(function (row) { return row.source; }),
      requestedProviders: []
    });
  }

  /** @param {string} key @param {Row} row */
  function change(key, row) {
    if (rows) rows[key] = row;
    connected = without(connected, row.source);
    disconnected = without(disconnected, row.source);
    (row.connected ? connected : disconnected).push(row.source);
    if (row.connected) tellObject('hapi-connect-connect-source', 'CONNECTED_SOURCE');
    else tellObject('hapi-connect-disconnect-source', 'DISCONNECTED_SOURCE');
  }

  /** The list as the server sent it, by row. @param {Object<string, Row>} fresh */
  function list(fresh) {
    if (!data.objects) return;
    if (!rows) {
      rows = fresh;
      return;
    }
    held = {};
    var gone = Object.keys(rows).filter(function (key) { return !fresh[key]; });
    gone.forEach(function (key) {
      var row = rows && rows[key];
      if (row && row.connected) change(key, { source: row.source, connected: false, held: false });
      if (rows) delete rows[key];
    });
    Object.keys(fresh).forEach(function (key) {
      var row = fresh[key];
      var before = rows && rows[key];
      if (row.held) held[key] = row;
      else if (row.connected !== Boolean(before && before.connected)) change(key, row);
    });
  }

  /** @param {string} status */
  function closeObjects(status) {
    Object.keys(held).forEach(function (key) { change(key, held[key]); });
    held = {};
    tellObject('hapi-connect-close', status);
  }

  // ------------------------------------------------------------------------------------------------- the host page

  /** Takes the host page's origin, if it is registered. @param {string} origin */
  function greet(origin) {
    if (host || data.form !== 'frame' || data.origins.indexOf(origin) < 0) return;
    host = origin;
    if (data.objects) return;
    if (data.error) tellText({ type: 'hapi-connect-error', error: data.error });
    else tellText({ type: 'hapi-connect-open', token: { sessionToken: data.openToken } });
  }

  /** @param {MessageEvent} event */
  function onMessage(event) {
    if (typeof event.data !== 'string') return;
    var message;
    try {
      message = JSON.parse(event.data);
    } catch (_) {
      return;
    }
    if (!message || typeof message !== 'object') return;
    var fromParent = event.source === window.parent && data.origins.indexOf(event.origin) >= 0;
    if (message.type === 'hilum-hello' && fromParent) greet(event.origin);
    var fromUs = event.origin === window.location.protocol + '//' + window.location.host;
    if (message.type === 'hapi-external-auth-added' && (fromParent || fromUs)) news();
  }

  return {
    /** Listens. @param {PageData} pageData @param {() => void} onNews */
    listen: function (pageData, onNews) {
      data = pageData;
      news = onNews;
      window.addEventListener('message', onMessage);
    },
    /** Finds out who frames this page; else connect.js says hello. */
    find: function () {
      var ancestors = window.location.ancestorOrigins;
      if (ancestors && ancestors.length) greet(ancestors[0]);
      var match = /^https?:\/\/[^/?#]+/.exec(document.referrer);
      if (match) greet(match[0]);
    },
    list: list,
    /** The one end of this session, with something for the app to exchange. @param {unknown} token */
    finish: function (token) {
      tellText({ type: 'hapi-connect-finish', token: token });
    },
    /** The one end without. @param {boolean} expired the server no longer knows the session */
    close: function (expired) {
      if (!data.objects) tellText({ type: 'hapi-connect-close' });
      else if (data.error) closeObjects(data.error.code.toUpperCase());
      else closeObjects(expired ? 'SESSION_TOKEN_EXPIRED' : 'SUCCESS');
    }
  };
})();
