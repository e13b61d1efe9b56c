# The commands of a checkout. Any Node with npm begins; `npm run` then finds the Node 24 that the project brings along.

INSTALLED = node_modules/.berth-lock

.DEFAULT_GOAL := help
.PHONY: help run stop clean test test-full check modules install uninstall

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: modules ## Start berthd with everything it needs, and a demo on it; Ctrl-C stops it
	@npm run -s demo -- run

stop: ## Stop what `make run` started: berthd, its containers, its private engine
	@[ ! -d .berth ] || { $(MAKE) -s modules && npm run -s demo -- stop; }

clean: ## Remove what `make run` made: containers, images, state, engine; and dist/
	@[ ! -d .berth ] || { $(MAKE) -s modules && npm run -s demo -- clean; }
	@rm -rf dist

test: ## Check everything, from the installation to a real engine
	@$(MAKE) -s modules || { echo; echo '0 passed, 1 failed'; exit 1; }
	@npm run -s test

test-full: ## The same, and what takes longer than ten minutes
	@$(MAKE) -s modules || { echo; echo '0 passed, 1 failed'; exit 1; }
	@npm run -s test -- full

check: modules ## Types, lint and unit tests: no engine, no root, no network
	@npm run -s check

install: modules ## Install berthd as a service of this machine (as root)
	@systemd/install.sh

uninstall: ## Take the service off this machine again; its state stays
	@systemd/uninstall.sh

# Installs again only when the lockfile is another one than last time. npm before 11 leaves the link to Node out.
modules:
	@command -v npm >/dev/null || { echo 'Node.js with npm is needed to begin, any version from 18 on: apt-get install nodejs npm' >&2; exit 1; }
	@cmp -s package-lock.json $(INSTALLED) || { \
	  echo 'Installing the libraries of package-lock.json ...'; \
	  npm ci --ignore-scripts --include=dev --include=optional --loglevel=error && cp package-lock.json $(INSTALLED); }
	@[ -e node_modules/.bin/node ] || (cd node_modules/.bin && ln -sf ../node-linux-*/bin/node node)
	@node_modules/.bin/node --version >/dev/null 2>&1 || { \
	  echo "The Node 24 that comes with the project does not run here ($$(uname -sm)): it is built for Linux with glibc on x64 and arm64." >&2; exit 1; }
