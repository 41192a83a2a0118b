# shellcheck shell=bash
# prepare.sh - installs what the project needs; sourced by the scripts that need it.
# Safe to run twice: it installs only what is missing, and says what that is.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
cd "$root" || exit 1

say() { printf '\n== %s\n' "$*"; }

# as_root COMMAND...: as root, or through sudo; otherwise tell what to ask for.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "This needs root. Please ask for: $*" >&2
        exit 1
    fi
}

# system_packages PACKAGE...: Debian packages that are not installed yet.
system_packages() {
    local missing=() package
    if ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian or Ubuntu: please install the counterparts of: $*" >&2
        return
    fi
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        say "installing the system packages ${missing[*]}"
        as_root apt-get update -qq
        # Servers among them are for tests to start: none is to run as a service. 101: do not start.
        local policy=/usr/sbin/policy-rc.d
        if [ -d /run/systemd/system ] && [ ! -e $policy ]; then
            printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
            as_root chmod +x $policy
            # shellcheck disable=SC2064  # as it is now
            trap "as_root rm -f $policy" EXIT
        fi
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
        [ "$(trap -p EXIT)" = "" ] || { as_root rm -f $policy; trap - EXIT; }
    fi
}

# Python and what builds the extension. A python3 from elsewhere brings its own headers.
build_packages() {
    local packages=(g++ libcurl4-openssl-dev libsqlite3-dev libssl-dev ca-certificates)
    case $(command -v python3 || echo /usr/bin/python3) in
        /usr/bin/*) packages+=(python3 python3-venv python3-dev) ;;
    esac
    echo "${packages[@]}"
}

# python_environment REQUIREMENT...: the virtual environment .venv, with what is asked for.
python_environment() {
    if [ ! -x "$venv/bin/python" ]; then
        say "making the virtual environment .venv"
        python3 -m venv "$venv"
    fi
    "$venv/bin/python" -m pip install -q --disable-pip-version-check "$@"
}

# test_environment: everything that tests need, in .venv and of the system; .venv comes first then.
test_environment() {
    # shellcheck disable=SC2046  # a list of words
    system_packages $(build_packages) gcc doctest-dev nginx-light curl g++-mingw-w64-x86-64-posix \
        dbus-daemon apache2-bin lighttpd caddy varnish tinyproxy-bin pkg-config iproute2 h2o openssl \
        clang shellcheck
    python_environment "pip>=25.1"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check \
        --group test --group lint --group docs cmake ninja "pybind11>=3.1,<4"
    PATH=$venv/bin:$PATH
}
