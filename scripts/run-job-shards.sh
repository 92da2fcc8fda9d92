# The part of run-job for Jobs of several pods (manifests/components/sharded); sourced by it.
# shellcheck shell=bash disable=SC2154 # what run-job sets

# The program that merges reports, with options if need be.
find_merger() {
  local bundle
  bundle=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../dist/netverdict.cjs
  # shellcheck disable=SC2206 # a command and its options
  if [ -n "${NETVERDICT:-}" ]; then
    merger=($NETVERDICT)
  elif command -v netverdict >/dev/null; then
    merger=(netverdict)
  elif [ -f "$bundle" ] && command -v node >/dev/null; then
    merger=(node "$bundle")
  else
    merger=()
  fi
}

told=()

# shards_of FILE: how many pods of a Job split the flows; nothing where one has them all.
shards_of() {
  if grep -q '"completionMode": "Indexed"' "$1"; then sed -n 's/^ *"completions": \([0-9]*\),*$/\1/p' "$1"; fi
}

# exit_of INDEX: the exit code of a shard's container; nothing where none was seen.
exit_of() {
  awk -F'|' -v shard="$1" '$NF == shard && $3 != "" { code = $3 } END { print code }' "$work/pods"
}

# Says of each shard once that it has ended.
tell_shards() {
  local index code
  for ((index = 0; index < shards; index++)); do
    [ -z "${told[index]:-}" ] || continue
    code=$(exit_of "$index")
    [ -n "$code" ] || continue
    told[index]=yes
    say "shard $((index + 1)) of $shards: exit code $code"
  done
}

# The Job can end before the last word of its pods has come.
await_codes() {
  local tries index missing
  for ((tries = 0; tries < 10; tries++)); do
    missing=''
    for ((index = 0; index < shards; index++)); do [ -n "$(exit_of "$index")" ] || missing=yes; done
    [ -n "$missing" ] || return 0
    sleep 0.2
  done
}

# log_of INDEX: the end of a shard's log, for one that has no report.
log_of() {
  say "shard $(($1 + 1)) of $shards has no report; the end of its log:"
  k --namespace "$namespace" logs --container netverdict --tail 20 \
    --selector "batch.kubernetes.io/job-name=$job,batch.kubernetes.io/job-completion-index=$1" >&2 || true
}

# Merges the reports, and exits with the code of what comes out. A shard that ended otherwise than its report says is
# no better than one without.
conclude_shards() {
  local index file code written reports=() result=0 contradiction=''
  await_codes
  tell_shards
  for ((index = 0; index < shards; index++)); do
    file=$work/$job-$index-report.json
    k --namespace "$namespace" get configmap "$job-$index-report" --ignore-not-found -o json >"$file" 2>>"$work/errors" || true
    if [ ! -s "$file" ]; then
      log_of "$index"
      continue
    fi
    reports+=("$file")
    code=$(exit_of "$index")
    written=$(sed -n 's/^ *"exit-code": "\([0-9]*\)",*$/\1/p' "$file")
    if [ "$code" != "$written" ]; then
      contradiction=yes
      say "shard $((index + 1)) of $shards: its report says exit code ${written:-nothing}, its container ${code:-nothing}"
    fi
  done
  if [ -n "$remove" ]; then k --namespace "$namespace" delete job "$job" --cascade=foreground >&2 || true; fi
  [ ${#reports[@]} -gt 0 ] || refuse "job $job: no shard has a report${job_reason:+ ($job_reason: $job_message)}"
  find_merger
  if [ ${#merger[@]} = 0 ]; then
    for ((index = 0; index < shards; index++)); do [ "$(exit_of "$index")" != 1 ] || result=1; done
    say "there is no netverdict here to merge the reports with (NETVERDICT names one): ConfigMaps $job-INDEX-report"
    exit $((result == 1 ? 1 : 2))
  fi
  "${merger[@]}" merge "${reports[@]}" || result=$?
  if [ "$result" = 0 ] && [ -n "$contradiction" ]; then result=2; fi
  say "job $job: exit code $result, merged from ${#reports[@]} of $shards shards"
  exit "$result"
}
