// The first data come within seconds of connecting.
setTimeout(function () { location.reload(); }, 2000);
