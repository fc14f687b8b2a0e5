/*
 * The last page of the login window: tells Connect that something happened and closes the window. Where neither is
 * possible (a provider severed the window from Connect), Connect learns it by polling and the page's text says the rest.
 */
(function () {
  'use strict';
  var NEWS = '{"type":"hapi-external-auth-added"}';
  var script = document.getElementById('hilum-data');
  var data = JSON.parse((script && script.textContent) || '{}');

  if (data.message) {
    // The convention of the iOS web views: this address closes the view and hands the text to Connect.
    window.location.href = 'https://close-popup-with-message?' + encodeURIComponent(NEWS);
    return;
  }
  // Connect cuts the opener before a login starts; browsers that do not let it can be told this way.
  if (window.opener) window.opener.postMessage(NEWS, window.location.protocol + '//' + window.location.host);
  window.close();
})();
