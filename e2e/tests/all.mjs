// All suites in one process, so that the demo starts once. Each also runs alone: `node --test tests/create.mjs`.
import './library.mjs';
import './sample.mjs'; // early, while nobody else's history is being read
import './create.mjs';
import './edit.mjs';
import './ends.mjs';
import './windows.mjs';
import './trouble.mjs';
import './redirect.mjs';
import './webview.mjs';
import './phone.mjs';
import './import.mjs';
import './another.mjs';
import './press.mjs';
import './regions.mjs';
import './webhooks.mjs';
import './second.mjs';
import './passport.mjs';
import './security.mjs';
import './historical.mjs';
import './accessibility.mjs';
