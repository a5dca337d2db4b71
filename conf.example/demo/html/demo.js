/*
 * The demo's page: once a second it shows what the database and nginx know,
 * and its buttons fetch a pixel as a mail client does.
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
        return 'PostgreSQL ne répond pas ; les ouvertures l’attendent.';
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

refresh();
