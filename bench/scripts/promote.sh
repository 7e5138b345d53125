#!/usr/bin/env bash
# Renders the current freight for each stage and commits it to the stage's branch, as a team would write it.
# promote.sh GITOPS plain|tuned STAGE...    (tuned: as many "helm template" at once as there are processors, and one push)
set -euo pipefail
gitops=$1 mode=$2
shift 2
app=shop
work=$(mktemp -d) # left for the job's own cleanup: not counted

git clone -q "$gitops" "$work/gitops"
cd "$work/gitops"
current=warehouses/$app/freight/current
diff -r "$current" "warehouses/$app/freight/$(sed -n 's/^tag: //p' "$current/freight.yaml")"
# what is rendered must not change under the branches that are checked out below
cp -r "$current" "$work/current"
cp -r apps "$work/apps"
image=$(sed -n 's/^  ref: //p' "$work/current/freight.yaml")
tag=$(sed -n 's/^tag: //p' "$work/current/freight.yaml")

render() {
    local stage=$1 at=$work/apps/$app/deployments/$1
    local namespace env_type
    namespace=$(sed -n 's/^namespace: //p' "$at/deployment.yaml")
    env_type=$(sed -n 's/^envType: //p' "$at/deployment.yaml")
    helm template "$stage" "$work/current/helm" --namespace "$namespace" \
        -f "$work/apps/$app/envTypes/$env_type.values.yaml" -f "$at/values.yaml" \
        --set "image=$image" >"$work/$stage.yaml"
}
export -f render
export work app image
if [[ $mode == tuned ]]; then printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -I{} bash -euc 'render "$1"' _ {}; fi

branches=()
for stage in "$@"; do
    if git rev-parse -q --verify "origin/stage/$stage" >/dev/null; then
        git checkout -q -B "stage/$stage" "origin/stage/$stage"
    else
        git checkout -q --orphan "stage/$stage"
    fi
    if [[ $mode == plain ]]; then render "$stage"; fi
    git rm -rfq --ignore-unmatch .
    cp "$work/$stage.yaml" manifests.yaml
    git add -A
    if ! git diff --cached --quiet HEAD 2>/dev/null; then
        git commit -qm "Promote $app $tag to $stage"
        if [[ $mode == plain ]]; then git push -q origin "stage/$stage"; fi
        branches+=("stage/$stage")
    fi
done
if [[ $mode == tuned ]] && ((${#branches[@]})); then git push -q origin "${branches[@]}"; fi
