// What the module is compared with: the usual application tier, with Fastify
// and a pool of connections. It checks the same token, and answers with the
// same image when the row of the open is committed.
//
// Environment: PORT, DATABASE (connection string), KEY (64 hex digits).

'use strict';

const crypto = require('node:crypto');
const fastify = require('fastify');
const { Pool } = require('pg');

const SIGNED = 20, MAC = 16, PIXEL = 1;
const gif = Buffer.from(
  'R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');
const key = Buffer.from(process.env.KEY, 'hex');
const pool = new Pool({ connectionString: process.env.DATABASE, max: 16 });
const app = fastify();

// Issue and reader, or null if the token is not one of ours.
function verify(text) {
  const token = Buffer.from(text, 'base64url');

  if (token.length !== SIGNED + MAC || token[1] !== PIXEL) return null;

  const mac = crypto.createHmac('sha256', key)
    .update(token.subarray(0, SIGNED)).digest().subarray(0, MAC);

  if (!crypto.timingSafeEqual(mac, token.subarray(SIGNED))) return null;

  return [token.readBigUInt64BE(4), token.readBigUInt64BE(12)];
}

app.get('/o/:token', async (request, reply) => {
  const open = verify(request.params.token.replace(/\.gif$/, ''));

  if (open) {
    // prepared once in each connection
    await pool.query({
      name: 'open',
      text: 'INSERT INTO public.app_open (issue_id, reader_id, agent)'
        + ' VALUES ($1, $2, $3)',
      values: [...open, request.headers['user-agent']],
    });
  }

  return reply.type('image/gif').header('cache-control', 'no-store, private')
    .send(gif);
});

app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
