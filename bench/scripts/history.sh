#!/usr/bin/env bash
# What a CI job does without ids: for each release, its directory and the current/ of its commit are written out and compared.
# usage: history.sh REPOSITORY PATH EVERY
set -euo pipefail
repository=$1 path=$2 every=$3
work=$(mktemp -d)
number=0
while read -r commit; do
    if ((number++ % every)); then continue; fi
    tag=$(git -C "$repository" show "$commit:$path/current/freight.yaml" | sed -n 's/^tag: //p')
    rm -rf "${work:?}"/*
    for name in current "$tag"; do
        git -C "$repository" archive --prefix="$name/" "$commit:$path/$name" | tar -x -C "$work"
    done
    diff -r "$work/current" "$work/$tag"
done < <(git -C "$repository" log --format=%H main -- "$path")
