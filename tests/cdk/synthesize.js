// Synthesizes the app in tests/fixtures/cdk/app without the CDK's command-line tool and without an account.
//
//     node tests/cdk/synthesize.js OUT
//
// installs aws-cdk-lib and constructs (the versions below) with npm into a temporary folder, runs the app there, and
// writes into OUT what the tests need: templates, manifest and metadata. What differs from one machine or one run to
// the next, or is not read, is left out, so that two runs give the same bytes. Ends with 3 if npm is missing or cannot
// install.
'use strict';

const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const PACKAGES = ['aws-cdk-lib@2.276.0', 'constructs@10.8.1'];
const APP = path.join(__dirname, '..', 'fixtures', 'cdk', 'app');
const ARTIFACTS = ['aws:cloudformation:stack', 'cdk:asset-manifest'];

function main(out) {
  const work = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-')));
  try {
    fs.cpSync(APP, path.join(work, 'app'), { recursive: true });
    install(work);
    execFileSync('node', [path.join('app', 'app.js')], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        CDK_OUTDIR: path.join(work, 'cdk.out'),
        CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:enable-path-metadata': true, 'aws:cdk:version-reporting': false }),
      },
    });
    fs.rmSync(out, { recursive: true, force: true });
    fs.mkdirSync(out, { recursive: true });
    for (const name of fs.readdirSync(path.join(work, 'cdk.out')).sort()) {
      copy(name, path.join(work, 'cdk.out'), out, work);
    }
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function install(work) {
  try {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-save', '--loglevel=error', ...PACKAGES], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch (error) {
    fs.rmSync(work, { recursive: true, force: true });
    process.exit(3); // npm has said why
  }
}

function copy(name, from, to, work) {
  if (!/\.(template|metadata|assets)\.json$|^manifest\.json$|^cdk\.out$/.test(name)) return;
  const text = fs.readFileSync(path.join(from, name), 'utf8').replaceAll(work + path.sep, '');
  fs.writeFileSync(path.join(to, name), name === 'manifest.json' ? written(trimmed(JSON.parse(text))) : metadata(name, text));
}

// Of the metadata, only where each construct was made.
function metadata(name, text) {
  if (!name.endsWith('.metadata.json')) return text.endsWith('\n') ? text : text + '\n';
  const kept = {};
  for (const [construct, entries] of Object.entries(JSON.parse(text))) {
    const wanted = entries.filter((entry) => ['aws:cdk:logicalId', 'aws:cdk:creationStack'].includes(entry.type));
    if (wanted.length) kept[construct] = wanted;
  }
  return written(kept);
}

function trimmed(manifest) {
  const artifacts = Object.entries(manifest.artifacts).filter(([, artifact]) => ARTIFACTS.includes(artifact.type));
  return { version: manifest.version, artifacts: Object.fromEntries(artifacts) };
}

function written(value) {
  return JSON.stringify(value, null, 1) + '\n';
}

if (process.argv.length !== 3) {
  console.error('usage: node synthesize.js OUT');
  process.exit(2);
}
main(path.resolve(process.argv[2]));
