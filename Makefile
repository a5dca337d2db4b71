# ngx_mytwip_module: what can be done here; "make help" lists it.
#
# Variables: BUILD= where to build, NGINX_SRC= nginx's source tree to build
# against, NGINX_CONFIGURE= how that nginx was configured ("nginx -V" says),
# CC= CFLAGS= LDFLAGS= for the module, PG_CONFIG= which PostgreSQL, V=1 to see
# the commands.

BUILD     ?= build
NGINX_SRC ?= /usr/share/nginx/src
NGINX_BIN     ?= $(or $(shell command -v nginx),/usr/sbin/nginx)
PROVE     ?= prove

# Debian's is in no PATH; the newest
PG_CONFIG ?= $(or $(lastword $(shell \
    ls -v /usr/lib/postgresql/*/bin/pg_config 2>/dev/null)),pg_config)

CFLAGS    ?= -g -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
    -Wformat -Werror=format-security
LDFLAGS   ?= -Wl,-z,relro -Wl,-z,now

# -Werror is nginx's own; its handlers have parameters they do not use
OUR_CFLAGS := -std=gnu11 -fPIC -Wall -Wextra -Wno-unused-parameter

MODULE  := $(BUILD)/ngx_mytwip_module.so
TREE    := $(BUILD)/nginx
SOURCES := $(sort $(wildcard ngx_mytwip_module/*.c))
HEADERS := $(sort $(wildcard ngx_mytwip_module/*.h))

PORT   ?= 8080
DETACH ?=
SQL    ?=

SECONDS ?= 60
TARGET  ?=
RUNS    ?=
RELOADS ?= 200

# as typed: neither make nor the shell takes a $ in it for its own
export MYTWIP_SQL := $(value SQL)
unexport SQL

# each make below gets what it is told, and not what this one was
MAKEOVERRIDES :=
QUIET := $(if $(V),,-s)

# one quoted word of the shell
quoted = '$(subst ','\'',$(1))'

.DELETE_ON_ERROR:

.PHONY: all help module extension run stop psql test fault fuzz asan valgrind \
    soak bench check deb clean FORCE install install-module install-extension


all: module extension    ## build the module and the extension

help:                    ## list what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1	\2/p' Makefile \
	    | while IFS='	' read -r target text; do \
	          printf '  make %-18s %s\n' "$$target" "$$text"; done

module: $(MODULE)        ## build/ngx_mytwip_module.so, for Debian's nginx

extension:               ## the SQL scripts of the PostgreSQL extension
	@$(MAKE) $(QUIET) -C sql PG_CONFIG=$(call quoted,$(PG_CONFIG)) \
	    all mytwip-psql.sql

run:                     ## serve the demo [PORT=8080] [DETACH=1]
	@scripts/packages run
	@$(MAKE) --no-print-directory $(QUIET) module extension
	@PORT=$(call quoted,$(PORT)) DETACH=$(call quoted,$(DETACH)) \
	    MODULE=$(call quoted,$(MODULE)) PG_CONFIG=$(call quoted,$(PG_CONFIG)) \
	    NGINX_BIN=$(call quoted,$(NGINX_BIN)) conf.example/demo/run

stop:                    ## end the demo
	@conf.example/demo/stop

psql:                    ## open the demo's database [SQL='select 1']
	@conf.example/demo/psql

test:                    ## run all tests; installs what they need
	@scripts/packages test
	@$(MAKE) --no-print-directory $(QUIET) all
	@$(MAKE) $(QUIET) -C t/unit
	@$(MAKE) $(QUIET) -C t/fuzz
	@if [ -f t/fault/Makefile ]; then $(MAKE) $(QUIET) -C t/fault; fi
	@PROVE=$(call quoted,$(PROVE)) MODULE=$(call quoted,$(MODULE)) \
	    PG_CONFIG=$(call quoted,$(PG_CONFIG)) \
	    NGINX_BIN=$(call quoted,$(NGINX_BIN)) scripts/test

fault:                   ## provoke every fault, count what is lost [ROUNDS=3] [SEED=]
	@scripts/packages test
	@$(MAKE) --no-print-directory $(QUIET) all
	@MYTWIP_MODULE=$(call quoted,$(abspath $(MODULE))) \
	    PG_CONFIG=$(call quoted,$(PG_CONFIG)) \
	    MYTWIP_NGINX=$(call quoted,$(NGINX_BIN)) t/fault/run

fuzz:                    ## search for inputs that break it [SECONDS=60] [TARGET=]
	@scripts/packages fuzz
	@$(MAKE) $(QUIET) -C t/fuzz targets
	@LIMIT=$(call quoted,$(SECONDS)) TARGET=$(call quoted,$(TARGET)) \
	    RUNS=$(call quoted,$(RUNS)) t/fuzz/run

asan:                    ## the tests, with sanitizers in nginx and the module
	@scripts/packages test
	@$(MAKE) --no-print-directory $(QUIET) all
	@PG_CONFIG=$(call quoted,$(PG_CONFIG)) PROVE=$(call quoted,$(PROVE)) \
	    NGINX_BIN=$(call quoted,$(NGINX_BIN)) t/asan/run

valgrind:                ## some of them, under valgrind
	@scripts/packages test valgrind
	@$(MAKE) --no-print-directory $(QUIET) all
	@PG_CONFIG=$(call quoted,$(PG_CONFIG)) PROVE=$(call quoted,$(PROVE)) \
	    NGINX_BIN=$(call quoted,$(NGINX_BIN)) t/asan/valgrind

soak:                    ## reloads under load, and nothing grows [RELOADS=200]
	@scripts/packages test
	@$(MAKE) --no-print-directory $(QUIET) all
	@PROVE=$(call quoted,$(PROVE)) MODULE=$(call quoted,$(MODULE)) \
	    PG_CONFIG=$(call quoted,$(PG_CONFIG)) TESTS=t/soak.t \
	    NGINX_BIN=$(call quoted,$(NGINX_BIN)) PROVE_FLAGS=-v \
	    RELOADS=$(call quoted,$(RELOADS)) scripts/test

bench:                   ## how fast, beside what stores nothing [ROWS=] [QUICK=1]
	@scripts/packages bench
	@$(MAKE) --no-print-directory $(QUIET) all
	@MYTWIP_MODULE=$(call quoted,$(abspath $(MODULE))) \
	    PG_CONFIG=$(call quoted,$(PG_CONFIG)) \
	    MYTWIP_NGINX=$(call quoted,$(NGINX_BIN)) t/bench/run

check:                   ## warnings and static analysis; any finding fails
	@scripts/packages check
	@$(MAKE) --no-print-directory $(QUIET) $(TREE)/objs/Makefile
	@TREE=$(call quoted,$(TREE)) scripts/check

deb:                     ## Debian packages, into build/deb
	@scripts/packages deb
	@scripts/deb $(call quoted,$(BUILD)/deb)

install:                 ## install-module and install-extension [DESTDIR=]
install: install-module install-extension

install-module: module   ## into nginx's modules path [MODULES_PATH=]
	@scripts/install-module $(call quoted,$(MODULE)) \
	    $(call quoted,$(NGINX_BIN))

install-extension:       ## into PostgreSQL, for CREATE EXTENSION
	@[ -x $(call quoted,$(PG_CONFIG)) ] \
	    || command -v $(call quoted,$(PG_CONFIG)) > /dev/null \
	    || { echo 'no pg_config: apt-get install postgresql-15' \
	        'postgresql-client-15, or say where it is with PG_CONFIG=' >&2; exit 1; }
	@$(MAKE) $(QUIET) -C sql PG_CONFIG=$(call quoted,$(PG_CONFIG)) \
	    $(if $(DESTDIR),DESTDIR=$(call quoted,$(DESTDIR))) install

clean:                   ## end the demo; remove it and all that was built
	@conf.example/demo/stop --remove
	rm -rf $(call quoted,$(BUILD))
	@if [ -f "$$($(PG_CONFIG) --pgxs 2>/dev/null)" ]; then \
	    $(MAKE) -s -C sql PG_CONFIG=$(call quoted,$(PG_CONFIG)) clean; fi


# What nginx's ./configure is told: when that changes, it runs again, and all
# is built anew.

SETUP = $(CURDIR): $(NGINX_SRC) $(NGINX_CONFIGURE) $(CC) $(CFLAGS) $(LDFLAGS) \
    $(OUR_CFLAGS) $(notdir $(SOURCES) $(HEADERS))

$(BUILD)/setup: FORCE
	@mkdir -p $(@D)
	@echo $(call quoted,$(SETUP)) | cmp -s - $@ \
	    || echo $(call quoted,$(SETUP)) > $@

$(TREE)/objs/Makefile: $(BUILD)/setup config scripts/configure
	@echo configuring against $(call quoted,$(NGINX_SRC))
	@CC=$(call quoted,$(CC)) LD_OPT=$(call quoted,$(LDFLAGS)) \
	    CC_OPT=$(call quoted,$(CFLAGS) $(OUR_CFLAGS)) \
	    NGINX_CONFIGURE=$(call quoted,$(NGINX_CONFIGURE)) \
	    scripts/configure $(TREE) $(call quoted,$(NGINX_SRC))

$(MODULE): $(TREE)/objs/Makefile $(SOURCES) $(HEADERS)
	@echo building $@
	@$(MAKE) --no-print-directory $(QUIET) -C $(TREE) -f objs/Makefile \
	    modules
	@cp $(TREE)/objs/$(@F) $@.new && mv $@.new $@
