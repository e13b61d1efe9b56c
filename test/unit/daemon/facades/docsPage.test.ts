import { expect, test } from 'vitest';
import { isAbsent } from '../../../../common/contract/define.ts';
import { ENTRIES } from '../../../../common/services.ts';
import { docsPage } from '../../../../daemon/facades/docsPage.ts';
import { type OpenApiDocument, openApiDocument } from '../../../../daemon/facades/openapi.ts';
import { openRestFace } from '../../../rig/restFace.ts';

const document = openApiDocument('0.0.0');
const page = docsPage(document);
const idsOf = (html: string) => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);

test('every procedure with a route has its place on the page', () => {
  for (const { path, procedure } of ENTRIES) {
    expect(idsOf(page).includes(path), path).toBe(!isAbsent(procedure.rest));
  }
});

test('every link on the page leads to a place on it or to our own files', async () => {
  await using rest = await openRestFace();
  for (const [, target = ''] of page.matchAll(/ (?:href|src)="([^"]+)"/g)) {
    if (target.startsWith('#')) expect(idsOf(page), target).toContain(target.slice(1));
    else expect((await rest.ask('GET', target, { headers: { authorization: undefined } })).status, target).toBe(200);
  }
});

test('no place on the page has two things', () => {
  expect(new Set(idsOf(page)).size).toBe(idsOf(page).length);
});

test('the page is served under a policy that allows its style and nothing else', async () => {
  await using rest = await openRestFace();
  const { headers, text } = await rest.ask('GET', '/docs', { headers: { authorization: undefined } });
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'self';/);
  expect(text).not.toMatch(/<script|style=|(href|src)="https?:/);
});

test('an object that may be null, or stands in a list, shows its fields', () => {
  const article = (id: string) => page.split(`<article id="${id}"`)[1]?.split('</article>')[0];
  expect(article('replicaSet.patch')).toMatch(/gpuPatch.*gpuCount.*How many GPUs/s);
  expect(article('replicaSet.history')).toMatch(/history.*list of.*createTime/s);
});

test('what a schema says is text on the page, never markup', () => {
  const evil = '<img src=x onerror=alert(1)> & "quotes"';
  const [[path, methods] = ['', {}]] = Object.entries(document.paths);
  const [[method, operation] = ['', undefined]] = Object.entries(methods);
  const spoiled = { ...document, paths: { [path]: { [method]: { ...operation, summary: evil } } } } as OpenApiDocument;
  const html = docsPage(spoiled);
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quotes&quot;');
  expect(html).not.toContain('<img');
});
