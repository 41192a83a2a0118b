# shellcheck shell=bash
# debian-sources.sh - Debian's source packages; sourced after prepare.sh by the scripts that build libraries.
# What apt knows of this system stays as it is: lists of sources are kept in build/debian-sources.

# shellcheck disable=SC2154  # from prepare.sh
sources=$root/build/debian-sources

# of_sources TOOL ARGUMENT...: apt-get or apt-cache, with those lists.
of_sources() {
    local tool=$1
    shift
    "$tool" -qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$sources/parts" \
        -o "Dir::State::Lists=$sources/lists" -o "Dir::Cache=$sources/cache" \
        -o APT::Sandbox::User=root "$@"
}

# read_source_lists: once.
read_source_lists() {
    local file
    [ ! -e "$sources/read" ] || return 0
    mkdir -p "$sources/parts" "$sources/lists/partial" "$sources/cache/archives/partial"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
        [ ! -f "$file" ] || sed -E 's/^Types:.*/Types: deb-src/; s/^deb([[:blank:]])/deb-src\1/' \
            "$file" >"$sources/parts/${file##*/}"
    done
    of_sources apt-get update || true # some archives have no sources
    touch "$sources/read"
}

# fetch_source PACKAGE FOLDER: its source with Debian's patches, as FOLDER; the newest version that can be
# had, which is printed. A mirror may list one before it has it.
fetch_source() {
    local version
    read_source_lists
    rm -rf "$2" "$2.fetched"
    mkdir -p "$2.fetched"
    for version in $(of_sources apt-cache showsrc "$1" | sed -n 's/^Version: //p' | sort -urV); do
        if (cd "$2.fetched" && of_sources apt-get source "$1=$version" >/dev/null); then
            mv "$2.fetched"/*/ "$2"
            rm -rf "$2.fetched"
            echo "$1 $version"
            return
        fi
    done
    echo "the sources of $1 cannot be had" >&2
    return 1
}
