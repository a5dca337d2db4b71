/*
 * The demo's page: once a second it shows what the database and nginx know.
 * Its buttons fetch a pixel as a mail client does, and its list of topics is
 * arranged with arrows or by dragging, which is told as two activities.
 */

'use strict';

const byId = (id) => document.getElementById(id);

const element = (name, text, className) => {
    const made = document.createElement(name);

    made.textContent = text;
    made.className = className || '';

    return made;
};

const read = async (url) => {
    const answer = await fetch(url, { cache: 'no-store' });

    if (!answer.ok) {
        throw new Error(url + ': ' + answer.status);
    }

    return answer.json();
};


const showReport = (data) => {
    if (!data.reachable) {
        return 'PostgreSQL ne répond pas ; les événements l’attendent.';
    }

    for (const cell of document.querySelectorAll('[data-report]')) {
        cell.textContent = data.report[cell.dataset.report];
    }

    byId('opens').replaceChildren(...data.opens.map((open) => {
        const named = open.reader_id !== null;
        const row = element('li', '', named ? '' : 'unnamed');

        row.append(element('span', open.at),
            element('span', named ? 'lecteur ' + open.reader_id
                                  : 'sans le nom'));
        return row;
    }));

    byId('activities').replaceChildren(...data.activities.map((activity) => {
        const row = element('li', '');

        row.append(element('span', activity.at),
            element('span', activity.activity + ' : ' + activity.what));
        return row;
    }));

    return '';
};


/* What is worth a line, of all that /status says. */

const figures = (data) => {
    const { accepted, ingested, shed, rejected, pending } = data.total;
    const forged = Object.values(rejected).reduce((sum, n) => sum + n, 0);

    return [
        ['acceptées', accepted],
        ['enregistrées', ingested],
        ['en attente', pending.events],
        ['attente la plus longue', pending.oldest_age + ' s'],
        ['refusées, journal plein', shed],
        ['jetons invalides', forged],
        ...data.workers.map((worker) => [
            'processus ' + worker.pid + ', base', worker.database.state
        ])
    ];
};


const showStatus = (data) => {
    byId('status').replaceChildren(...figures(data).map(([name, value]) => {
        const row = element('div', '');

        row.append(element('dt', name), element('dd', value));
        return row;
    }));
};


const refresh = async () => {
    let trouble;

    try {
        trouble = showReport(await read('report.json'));
        showStatus(await read('status'));

    } catch (error) {
        trouble = 'nginx ne répond pas : ' + error.message;
    }

    byId('trouble').textContent = trouble;
    byId('trouble').hidden = trouble === '';

    setTimeout(refresh, 1000);
};


for (const button of document.querySelectorAll('[data-pixel]')) {
    button.addEventListener('click', () => {
        new Image().src = button.dataset.pixel + '?' + Date.now();
    });
}


/* The topics, of which one may just be dragged. */

const topics = byId('topics');

let dragged, origin;

const place = (topic) => Array.from(topics.children).indexOf(topic) + 1;

const tell = (activity, topic, from) => {
    mytwip.track(activity, { type: 'topic', id: topic.dataset.topic },
        { from, to: place(topic) });
};


const step = (topic, up) => {
    const from = place(topic);
    const other = up ? topic.previousElementSibling
                     : topic.nextElementSibling;

    if (other) {
        other[up ? 'before' : 'after'](topic);
        tell('topic.step', topic, from);
    }
};


for (const topic of topics.children) {
    for (const [sign, verb] of [['↑', 'Monter'], ['↓', 'Descendre']]) {
        const button = element('button', sign);

        button.type = 'button';
        button.setAttribute('aria-label',
            verb + ' ' + topic.firstElementChild.innerText);
        button.addEventListener('click', () => {
            step(topic, sign === '↑');
            button.focus();
        });

        topic.append(button);
    }
}


topics.addEventListener('dragstart', (event) => {
    dragged = event.target.closest('li');
    origin = { place: place(dragged), next: dragged.nextSibling };
    event.dataTransfer.effectAllowed = 'move';
});

topics.addEventListener('dragover', (event) => {
    const over = event.target.closest('li');

    if (!dragged) {
        return;
    }

    event.preventDefault();

    if (over && over !== dragged) {
        const { top, height } = over.getBoundingClientRect();

        over[event.clientY < top + height / 2 ? 'before' : 'after'](dragged);
    }
});

topics.addEventListener('drop', (event) => event.preventDefault());

topics.addEventListener('dragend', (event) => {
    if (event.dataTransfer.dropEffect === 'none') {
        topics.insertBefore(dragged, origin.next);

    } else if (place(dragged) !== origin.place) {
        tell('topic.drag', dragged, origin.place);
    }

    dragged = null;
});

refresh();
