#!/usr/bin/env bash
# Freezes the chart of one commit into the GitOps repository, as a team would write it.
# publish.sh SOURCE GITOPS REVISION IMAGE DIGEST full|sparse
set -euo pipefail
source_url=$1 gitops=$2 sha=$3 image=$4 digest=$5 mode=$6
app=shop chart=k8s/helm
work=$(mktemp -d) # left for the job's own cleanup: not counted

if [[ $mode == sparse ]]; then
    # for those who know how: one commit, no blobs but the chart's, a work tree of the chart only
    git init -q "$work/source"
    cd "$work/source"
    git remote add origin "file://$source_url"
    git config remote.origin.promisor true
    git config remote.origin.partialclonefilter blob:none
    git sparse-checkout set "$chart"
    git fetch -q --depth 1 --filter=blob:none origin "$sha"
    git -c advice.detachedHead=false checkout -q FETCH_HEAD
else
    git clone -q "$source_url" "$work/source"
    cd "$work/source"
    git -c advice.detachedHead=false checkout -q "$sha"
fi

git clone -q "$gitops" "$work/gitops"
cd "$work/gitops"
freight=warehouses/$app/freight
snapshot=$freight/git-$sha
mkdir -p "$snapshot"
cp -r "$work/source/$chart" "$snapshot/helm"
cat >"$snapshot/freight.yaml" <<EOF
schemaVersion: v1
revision: $sha
tag: git-$sha
image:
  ref: $image
  digest: $digest
packageType: helm
createdAt: $(date -u +%Y-%m-%dT%H:%M:%SZ)
EOF
rm -rf "$freight/current"
cp -r "$snapshot" "$freight/current"
diff -r "$snapshot" "$freight/current"
diff -r "$work/source/$chart" "$snapshot/helm"
git add -A
git commit -qm "Publish $app git-$sha"
git push -q origin HEAD:main
