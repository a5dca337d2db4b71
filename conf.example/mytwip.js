// mytwip.track(): see README.md
{

const {url = '/a'} = document.currentScript.dataset;
let timer, queue = [], lost = [];

const later = () => timer ||= setTimeout(flush, 1000);

const post = (list, bye, again, body = `[${list}]`) =>
  bye && navigator.sendBeacon(url, body) ||
  fetch(url, {method: 'POST', body, keepalive: true, credentials: 'include'})
  .then(({status: s}) => {
    if (s > 499) throw s;
    if (s == 400 && list[1]) list.map(e => post([e]));
  })
  .catch(() => again && later(lost.push(list)));

const flush = bye => {
  timer = clearTimeout(timer);
  lost.splice(0).map(l => post(l, bye));
  if (queue[0]) post(queue.splice(0), bye, 1);
};

self.mytwip = {track(activity, resource, properties) {
  try {
    const at = Date.now();
    queue.push(JSON.stringify({activity, resource, at, properties}));
    queue[99] || new Blob(queue).size > 5e4 ? flush() : later();
  } catch {}
}};

addEventListener('pagehide', flush);
addEventListener('visibilitychange', () => document.hidden && flush(1));

}
