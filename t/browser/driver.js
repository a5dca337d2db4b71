// A browser for the tests: reads a command a line from its standard input and
// writes the answer as a line, both JSON. t/browser/lib/Browser.pm sends them;
// what is asked and what is right is said in the *.t files.
//
//     {"do": "open", "url": "http://…", "width": 320}
//     {"title": "…", "lang": "en", "axe": [], …}  or  {"error": "…"}
//
// The end of the input is the end of the browser.

'use strict';

const fs = require('fs');
const readline = require('readline');
const axe = require('axe-core/axe.min.js');
const { chromium } = require('playwright-core');

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const PATIENCE = 10000;                 // milliseconds for one step

const FLAGS = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update',
    '--disable-sync',
];

let browser, page;
let windows = {};                       // one with scripts, one without
let status, problems, requests;


// Opens a link as from a mail. The window is not a new one, which would take
// most of the time, but nothing is left in it: its pages set no cookie and are
// not stored.

async function open({ url, scripts = true, accept, ...looks }) {
    page = windows[scripts] || await frame({ scripts });
    windows[scripts] = page;

    problems = [];
    requests = [];

    await page.setExtraHTTPHeaders(
        accept ? { 'Accept-Language': accept } : {});
    await view(looks);
    await page.goto(url);

    return look();
}


async function frame({ scripts }) {
    const context = await browser.newContext({ javaScriptEnabled: scripts });

    context.setDefaultTimeout(PATIENCE);

    const made = await context.newPage();

    made.on('console', message => problems.push(message.text()));
    made.on('pageerror', error => problems.push(String(error)));
    made.on('requestfailed', request =>
        problems.push(`${request.url()}: ${request.failure().errorText}`));

    made.on('request', request => requests.push({
        method: request.method(),
        url: request.url(),
        body: request.postData() || '',
        type: request.headers()['content-type'] || '',
    }));

    made.on('response', response => {
        if (response.request().isNavigationRequest()) {
            status = response.status();
        }
    });

    return made;
}


// Another size of the window, another scheme of colours.

async function view({ width = 1280, scheme = 'light' }) {
    await page.setViewportSize({ width, height: width < 600 ? 640 : 800 });
    await page.emulateMedia({ colorScheme: scheme });

    return {};
}


// What is to be seen, and what has happened since the window was opened.

async function look() {
    const seen = await page.evaluate(() => {
        const texts = selector => Array.from(
            document.querySelectorAll(selector), e => e.innerText.trim());

        const root = document.documentElement;

        return {
            title: document.title,
            lang: root.lang,
            h1: texts('h1'),
            buttons: texts('button'),
            actions: Array.from(
                document.querySelectorAll('button'), e => e.value),
            empty: texts('bdi, p, li, h1, h2').filter(text => !text).length,
            elements: document.body.querySelectorAll('*').length,
            text: document.body.innerText,
            overflow: root.scrollWidth - root.clientWidth,
            low: Array.from(document.querySelectorAll('button, select, a'))
                .filter(e => e.getBoundingClientRect().height < 44)
                .map(e => e.outerHTML),
        };
    });

    const cookies = await page.context().cookies();

    return { ...seen, status, url: page.url(), problems, requests, cookies };
}


// What axe finds, its advice on good practice included, and what it is not
// sure of.

async function audit() {
    if (await page.evaluate(() => !window.axe)) {
        await page.evaluate(axe.source);
    }

    const { violations, incomplete, passes } = await page.evaluate(() =>
        axe.run(document, { resultTypes: ['violations', 'incomplete'] }));

    const say = rule => `${rule.id}: ${rule.help}: `
        + rule.nodes.map(node => node.html).join(' ');

    return {
        found: violations.concat(incomplete).map(say),
        passed: passes.length,
    };
}


// What would take a click in the moment in which the page appears, when the
// second click of a double click may still come. The animations begin anew and
// stand still at their first moment, so it is the same however slow all is.

async function early() {
    const taken = await page.evaluate(() => {
        const found = [];

        for (const e of document.querySelectorAll('button, a')) {
            e.style.animationName = 'none';
            e.getBoundingClientRect();
            e.style.animationName = '';

            for (const animation of e.getAnimations()) {
                animation.pause();
                animation.currentTime = 0;
            }

            e.scrollIntoView({ block: 'center' });

            const { left, top, width, height } = e.getBoundingClientRect();
            const hit = document.elementFromPoint(
                left + width / 2, top + height / 2);

            if (e.contains(hit)) {
                found.push(e.outerHTML);
            }

            e.getAnimations().forEach(animation => animation.finish());

            if (!e.contains(document.elementFromPoint(
                left + width / 2, top + height / 2)))
            {
                found.push(`never: ${e.outerHTML}`);
            }
        }

        return found;
    });

    return { taken };
}


// Everything that the Tab key leads to, in its order: what it is called, and
// whether one sees that it has the focus.

async function tabs() {
    const stops = [];

    // the end of the page is the body, or again the first
    for (;;) {
        await page.keyboard.press('Tab');

        const stop = await page.evaluate(() => {
            const e = document.activeElement;

            if (!e || e === document.body || e.dataset.visited) {
                return null;
            }

            e.dataset.visited = 'yes';

            const style = getComputedStyle(e);
            const { top, bottom } = e.getBoundingClientRect();

            return {
                name: (e.labels && e.labels[0] || e).innerText.trim(),
                tag: e.localName,
                seen: style.outlineStyle !== 'none'
                    && parseFloat(style.outlineWidth) >= 2
                    && top > -1 && bottom < innerHeight + 1,
            };
        });

        if (!stop) {
            break;
        }

        stops.push(stop);
    }

    return { stops };
}


// Presses the button that sends this action, or follows a link, and waits for
// the page that comes.

async function press({ action, link, times = 1 }) {
    const target = action
        ? page.locator(`button[value="${action}"]`)
        : page.getByRole('link', { name: link, exact: true });

    const { x, y } = await place(target);
    const there = page.waitForEvent('load');

    // not by the locator, which between two clicks looks whether it is still
    // there, as no hand does
    await page.mouse.click(x, y, { clickCount: times });
    await there;

    return look();
}


// The middle of what can be pressed, as soon as it takes a click.

async function place(target) {
    const end = Date.now() + PATIENCE;

    while (Date.now() < end) {
        const at = await target.evaluate(e => {
            e.scrollIntoView({ block: 'nearest' });

            const { left, top, width, height } = e.getBoundingClientRect();
            const x = left + width / 2, y = top + height / 2;

            return e.contains(document.elementFromPoint(x, y)) && { x, y };
        });

        if (at) {
            return at;
        }

        await page.waitForTimeout(20);
    }

    throw new Error('it takes no click');
}


// The same with a key that is pressed on what has the focus.

async function key({ name }) {
    const there = page.waitForEvent('load');

    await page.keyboard.press(name);
    await there;

    return look();
}


// Moves the focus with the Tab key, so often.

async function tab({ times }) {
    for (let i = 0; i < times; i++) {
        await page.keyboard.press('Tab');
    }

    return {};
}


// Presses a button that leads to no other page.

async function click({ button }) {
    await page.getByRole('button', { name: button, exact: true }).click();

    return {};
}


// Takes what the one selector finds to what the other does.

async function drag({ from, to }) {
    await page.locator(from).dragTo(page.locator(to));

    return {};
}


// Whether there is a network.

async function offline({ on }) {
    await page.context().setOffline(on);

    return {};
}


// Closes the window, as one does who has read enough. The next that is opened
// is a new one.

async function leave() {
    await page.close({ runBeforeUnload: true });
    windows = Object.fromEntries(
        Object.entries(windows).filter(([, made]) => made !== page));

    return {};
}


async function choose({ value }) {
    await page.getByRole('combobox').selectOption(value);

    return {};
}


async function shot({ file }) {
    await page.screenshot({ path: file, fullPage: true });

    return {};
}


const commands = {
    open, view, look, audit, tabs, tab, press, key, choose, shot, click, drag,
    offline, leave, early,
};


async function main() {
    browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: FLAGS,
        timeout: 3 * PATIENCE,
    });

    const answer = object =>
        fs.writeSync(1, JSON.stringify(object) + '\n');

    answer({ version: browser.version() });

    for await (const line of readline.createInterface(process.stdin)) {
        try {
            const command = JSON.parse(line);
            answer(await commands[command.do](command));
        } catch (error) {
            answer({ error: String(error) });
        }
    }

    await browser.close();
}


main().catch(error => {
    fs.writeSync(2, `${error}\n`);
    process.exit(1);
});
