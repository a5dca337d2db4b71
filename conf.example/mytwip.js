// mytwip.track(activity, {type, id}, {properties}): see README.md
{
  const {url = '/a'} = document.currentScript.dataset;
  let timer, queue = [], lost = [];

  const later = () => timer ||= setTimeout(flush, 1000);

  const post = (body, bye, again) =>
    bye && navigator.sendBeacon(url, body) ||
    fetch(url, {method: 'POST', body, keepalive: true, credentials: 'include'})
      .then(r => {if (r.status > 499) throw r})
      .catch(() => again && later(lost.push(body)));

  const flush = bye => {
    timer = clearTimeout(timer);
    lost.splice(0).map(b => post(b, bye));
    if (queue[0]) post(`[${queue.splice(0)}]`, bye, 1);
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
