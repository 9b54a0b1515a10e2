# What the drills with containers share; sourced by compose-drill, three-brokers-drill and kill-each-drill, which set $project (and
# $compose_files, if it is not docker-compose.yml alone) before. Needs Docker with compose v2, curl, jq.
#
# Takes ports 28080, 28082, 25601, 29090, 29093 and 23000 of loopback (SPOOR_PORT, SPOOR_SHIPPER_PORT, SPOOR_KIBANA_PORT, SPOOR_PROMETHEUS_PORT,
# SPOOR_ALERTMANAGER_PORT, SPOOR_GRAFANA_PORT), containers, networks and volumes of its own project, and removes them at the end, come what may.
# Prints a PASS line for each thing seen, with what was measured; the first FAIL ends the drill with exit code 1.
# shellcheck shell=bash
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compose_files=("${compose_files[@]:-docker-compose.yml}")
export SPOOR_PORT=${SPOOR_PORT:-28080} SPOOR_SHIPPER_PORT=${SPOOR_SHIPPER_PORT:-28082} SPOOR_KIBANA_PORT=${SPOOR_KIBANA_PORT:-25601}
export SPOOR_PROMETHEUS_PORT=${SPOOR_PROMETHEUS_PORT:-29090} SPOOR_ALERTMANAGER_PORT=${SPOOR_ALERTMANAGER_PORT:-29093}
export SPOOR_GRAFANA_PORT=${SPOOR_GRAFANA_PORT:-23000}
export SPOOR_SERVER=http://127.0.0.1:$SPOOR_PORT
telemetry=http://127.0.0.1:$SPOOR_SHIPPER_PORT
prometheus=http://127.0.0.1:$SPOOR_PROMETHEUS_PORT
alertmanager=http://127.0.0.1:$SPOOR_ALERTMANAGER_PORT
scratch=$(mktemp -d)
exec 3>&1

# A .env of this directory is for somebody's own system, perhaps with the key of a model that costs money.
compose() { docker compose -p "$project" --env-file /dev/null "${compose_files[@]/#/-f}" "$@"; }
quietly() { "$@" >"$scratch/output" 2>&1 || { cat "$scratch/output" >&2; fail "$*"; }; }

cleanup() {
  rm -f "$scratch/loading"
  compose down -v --remove-orphans >/dev/null 2>&1 || true
  rm -rf "$scratch"
}
fail() {
  trap - ERR
  echo "FAIL $*" >&3
  { compose ps -a; compose logs --tail 5 --no-color | cut -c 1-400; } >&2 || true
  exit 1
}
trap cleanup EXIT
trap 'exit 130' INT TERM
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR

pass() { echo "PASS $*"; }
now() { date +%s.%N; }
since() { jq -nr --argjson a "$1" --argjson b "$(now)" '($b - $a) * 10 | round / 10'; }
below() { jq -en --argjson a "$1" --argjson b "$2" '$a < $b' >/dev/null; }

# until_true SECONDS WHAT COMMAND...: asks again until the command succeeds.
until_true() {
  local limit=$1 what=$2 begin
  shift 2
  begin=$(now)
  until "$@"; do
    below "$(since "$begin")" "$limit" || fail "$what: not within $limit s"
    sleep 0.5
  done
}

records() { # QUERY: the newest 1,000, one a line
  curl -fsS --max-time 20 -G "$telemetry/v1/logs" -d limit=1000 --data-urlencode "q=$1" | jq -c '.records[]'
}
all_records() { # QUERY: all of them, one a line
  local cursor=
  while
    curl -fsS --max-time 20 -G "$telemetry/v1/logs" -d limit=1000 --data-urlencode "q=$1" ${cursor:+--data-urlencode "cursor=$cursor"} >"$scratch/page"
    jq -c '.records[]' "$scratch/page"
    cursor=$(jq -r '.next_cursor // empty' "$scratch/page")
    [ -n "$cursor" ]
  do :; done
}
audit() { curl -fsS --max-time 20 "$telemetry/v1/audit"; }
audit_complete() { audit | jq -e .complete >/dev/null; }
is_healthy() { curl -fsS --max-time 5 "$1/health" 2>/dev/null | jq -e '.status == "healthy"' >/dev/null; }
a_worker_is_there() { curl -fsS --max-time 5 "$SPOOR_SERVER/v1/queue" 2>/dev/null | jq -e '.workers > 0' >/dev/null; }
# Of a service, or of all; what compose itself would answer costs a second of a core.
container() { docker ps -aq --filter "label=com.docker.compose.project=$project" ${1:+--filter "label=com.docker.compose.service=$1"}; }

# --- a load of jobs over HTTP, as a client should be: a submit that is not certain is sent again under the key that it has

submitters=3
# Every attempt is a line of $scratch/attempts.N: when it began and ended, the HTTP status, the outcome, the job, and how it was asked for:
#   key    with an Idempotency-Key of the client's
#   plain  without; sent again only under the key that a 503 unknown has told
#   once   without, and never again: the first submitter, so that there are jobs of which not_accepted was the last word
# With $payload the inputs of half of the jobs have so many bytes, and their results too.
# The outcome: accepted; not_accepted and unknown, as the gateway says; refused (4xx); unreachable, nothing was sent; unheard, perhaps sent, and
# nothing that tells was heard of it. What is uncertain and has a key is sent again until it is accepted, or for some minutes.
submitter() { # NUMBER
  local n=0 body key mode begin answer status job outcome code uncertain tries
  local text=hello
  if [ -n "${payload:-}" ]; then text=$(head -c "$payload" /dev/zero | tr '\0' x); fi
  local echo='{"flow":"echo","input":{"text":"'$text'"},"max_attempts":20}'
  local bodies=("$echo" "$echo" '{"flow":"sleep","input":{"duration":"PT1S"},"max_attempts":20}' "$echo" '{"flow":"fail","input":{"message":"once","times":1,"category":"dependency"},"max_attempts":20}'
    "$echo" "$echo" '{"flow":"review-story","input":{"text":"As a reader I want to search, so that I find."},"max_attempts":20}')
  while [ -e "$scratch/loading" ]; do
    n=$((n + 1))
    body=${bodies[$((n % ${#bodies[@]}))]}
    mode=plain key='' uncertain='' tries=0
    if (($1 == 0)); then mode=once; elif ((n % 3 == 0)); then mode=key key=$project-$1-$n; fi
    while
      begin=$EPOCHREALTIME
      code=0
      answer=$(curl -s --max-time 15 -w '\n%{http_code}' "$SPOOR_SERVER/v1/jobs" -H 'content-type: application/json' \
        ${key:+-H "idempotency-key: $key"} --data-binary @- <<<"$body") || code=$?
      status=${answer##*$'\n'}
      job=- outcome=unheard
      [[ $answer =~ \"job_id\":\"([^\"]+)\" ]] && job=${BASH_REMATCH[1]}
      case $status in
        2*) outcome=accepted ;;
        4*) outcome=refused ;;
        5*) if [[ $answer =~ \"outcome\":\"([a-z_]+)\" ]]; then outcome=${BASH_REMATCH[1]}; fi ;;
      esac
      if ((code == 7)); then outcome=unreachable; fi
      printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$begin" "$EPOCHREALTIME" "$status" "$outcome" "$job" "$mode" >>"$scratch/attempts.$1"
      case $outcome in
        unknown | unheard) uncertain=yes ;;
        accepted | refused) uncertain='' ;;
      esac
      if [ "$mode" = plain ] && [ -z "$key" ] && [[ $answer =~ \"key\":\"([^\"]+)\" ]]; then key=${BASH_REMATCH[1]}; fi
      tries=$((tries + 1))
      [ "$mode" != once ] && [ -n "$uncertain" ] && [ -n "$key" ] && ((tries < 300))
    do sleep 0.5; done
    sleep 0.7
  done
}
start_load() {
  touch "$scratch/loading"
  load_began=$(now)
  pids=()
  local i
  for ((i = 0; i < submitters; i++)); do
    submitter "$i" &
    pids+=($!)
  done
}
stop_load() {
  rm -f "$scratch/loading"
  local pid
  for pid in "${pids[@]}"; do wait "$pid"; done
  load_ended=$(now)
  sort -n "$scratch"/attempts.* >"$scratch/attempts"
  awk -F '\t' '$4 == "accepted" { print $5 }' "$scratch/attempts" | sort -u >"$scratch/accepted"
  # Under a key a later attempt may be accepted of what an earlier one was not.
  awk -F '\t' '$4 == "not_accepted" { print $5 }' "$scratch/attempts" | sort -u | comm -23 - "$scratch/accepted" >"$scratch/refused"
  awk -F '\t' '$4 == "unknown" { print $5 }' "$scratch/attempts" | sort -u | comm -23 - "$scratch/accepted" >"$scratch/unknown"
}
attempts() { awk -F '\t' -v outcome="$1" '$4 == outcome' "$scratch/attempts" | wc -l; }

# The state of each job of a file of ids, one a line.
jobs_of() {
  awk -v server="$SPOOR_SERVER" -v q='"' '{ print "url = " q server "/v1/jobs/" $1 q; print "write-out = " q "\\n" q }' "$1" >"$scratch/urls"
  curl -sS --max-time 300 --retry 20 --retry-max-time 120 -K "$scratch/urls" | jq -c 'select(. != null)'
}
none_is_left() {
  curl -fsS --max-time 20 "$SPOOR_SERVER/v1/queue" 2>/dev/null \
    | jq -e '[.depth | to_entries[] | select(.key | IN("scheduled", "queued", "running", "retrying")) | .value] | add // 0 == 0' >/dev/null
}

# Longest time without an event within a window, from a sorted file of times: longest FILE FROM TO
longest() {
  awk -v from="$2" -v to="$3" '
    BEGIN { last = from }
    $1 < from { next }
    $1 > to { exit }
    { if ($1 - last > most) most = $1 - last; last = $1 }
    END { if (to - last > most) most = to - last; printf "%.1f", most }' "$1"
}

# The longest that a job took of those that were accepted within a window: slowest FROM TO
slowest() { awk -v from="$1" -v to="$2" '$1 >= from && $1 <= to && $2 - $1 > most { most = $2 - $1 } END { printf "%.1f", most }' "$scratch/times.jobs"; }

# What the load asked for against what became of it. Leaves $scratch/times.accepted and $scratch/times.ended for `longest`.
check_load() {
  until_true 180 'the end of every job' none_is_left
  jobs_of "$scratch/accepted" >"$scratch/jobs"
  local accepted refused lost bad
  [ "$(attempts refused)" -eq 0 ] || fail "refused: $(grep -m 1 refused "$scratch/attempts")"
  accepted=$(wc -l <"$scratch/accepted")
  [ "$(wc -l <"$scratch/jobs")" -eq "$accepted" ] || fail "$accepted jobs were accepted, $(wc -l <"$scratch/jobs") can be asked for"
  bad=$(jq -c 'select(.status != "succeeded" or .run_no != 1) | [.job_id, .status, .run_no, .error, .detail]' "$scratch/jobs")
  [ -z "$bad" ] || fail "accepted and not succeeded: $(head -n 5 <<<"$bad")"
  until_true 120 'audit complete' audit_complete

  all_records 'event:(job.succeeded OR job.failed OR job.dead OR job.cancelled OR job.expired)' | jq -r .job_id | sort >"$scratch/ends"
  all_records 'event:job.submitted' | jq -r .job_id | sort >"$scratch/submitted"
  bad=$(uniq -d "$scratch/ends")
  [ -z "$bad" ] || fail "ended more than once: $bad"
  bad=$(comm -23 "$scratch/accepted" "$scratch/ends")
  [ -z "$bad" ] || fail "accepted and without an end in the trail: $bad"
  bad=$(comm -12 "$scratch/refused" "$scratch/submitted")
  [ -z "$bad" ] || fail "answered not_accepted, and there all the same: $bad"
  # Others than those that were accepted can only be what was left unknown, or of submits that nobody has heard an answer of.
  comm -13 "$scratch/accepted" "$scratch/submitted" | comm -23 - "$scratch/unknown" >"$scratch/unheard"
  refused=$(wc -l <"$scratch/refused")
  lost=$(awk -F '\t' '$4 == "unheard" && $6 != "key"' "$scratch/attempts" | wc -l)
  [ "$(wc -l <"$scratch/unheard")" -le "$lost" ] || fail "$(wc -l <"$scratch/unheard") jobs are there that nobody was told of, and $lost submits had no answer"
  bad=$(comm -13 "$scratch/accepted" "$scratch/submitted" | comm -23 - "$scratch/ends")
  [ -z "$bad" ] || fail "not told of, there, and without an end: $bad"
  pass "$accepted jobs accepted, each succeeded and ended once; of $refused that were answered not_accepted and no more, none is there;" \
    "$(attempts unknown) answers unknown, $(attempts unheard) attempts without one; of $(wc -l <"$scratch/unknown") jobs left unknown" \
    "$(comm -12 "$scratch/unknown" "$scratch/submitted" | wc -l) are there, of $lost submits without an answer $(wc -l <"$scratch/unheard"), each ended once"
  pass "audit complete: $(audit | jq -r '"\(.sources | length) sources, \([.sources[].stored] | add) records"')"

  awk -F '\t' '$4 == "accepted" { print $2 }' "$scratch/attempts" | sort -n >"$scratch/times.accepted"
  # When it was accepted and when it ended.
  jq -r 'def at: (.[0:19] + "Z" | fromdate) + ("0" + .[19:-1] | tonumber); [(.created_at | at), (.ended_at | at)] | @tsv' "$scratch/jobs" | sort -n >"$scratch/times.jobs"
  cut -f 2 "$scratch/times.jobs" | sort -n >"$scratch/times.ended"
}

# --- memory

# Notes the memory of each container, as the kernel has it, until the load is over.
watch_memory() {
  while [ -e "$scratch/loading" ]; do
    # shellcheck disable=SC2046
    docker stats --no-stream --format '{{.Name}} {{.MemPerc}}' $(container) >>"$scratch/memory" 2>/dev/null || true
    sleep 15
  done
}
memory_within_limits() {
  local id killed=
  for id in $(container); do
    [ "$(docker inspect -f '{{.State.OOMKilled}}' "$id")" = false ] || killed+=" $(docker inspect -f '{{.Name}}' "$id")"
  done
  [ -z "$killed" ] || fail "ended for want of memory:$killed"
  pass "memory of each container, at most, in per cent of its limit: $(awk -v p="$project-" '{ sub(p, "", $1); sub(/-1$/, "", $1); if ($2 + 0 > most[$1]) most[$1] = $2 + 0 }
    END { for (name in most) printf "%s %.0f\n", name, most[name] }' "$scratch/memory" | sort | xargs | sed -E 's/ ([a-z])/, \1/g')"
}
