#!/bin/sh
# Debian's awscli against the real program: what is put is read back, with the numbers awk gets.
# SPDX-License-Identifier: MIT
#
#   OBSVIEW=build/obsview tests/integration/test_awscli.sh
#
# Its commands are forks of one process (warm_aws.py), which spares most of their time. AWSCLI names another aws to try,
# one process a command; it should speak to CloudWatch in its own protocol (2.9: query).
set -u
obsview=${OBSVIEW:-$(dirname "$0")/../../build/obsview}
work=$(mktemp -d)
warm=$work/aws.socket
warmer=
passed=0
failed=0
emulator=

finish() {
  for process in $emulator $warmer; do
    kill "$process" 2>/dev/null
    wait "$process" 2>/dev/null
  done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

export HOME="$work" AWS_CONFIG_FILE="$work/config" AWS_SHARED_CREDENTIALS_FILE="$work/credentials"
export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=example AWS_DEFAULT_REGION=eu-west-1
export AWS_PAGER='' AWS_EC2_METADATA_DISABLED=true
unset AWS_PROFILE AWS_SESSION_TOKEN

# ok NAME GOT WANT
ok() {
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
    echo "ok $((passed + failed)) - $1"
  else
    failed=$((failed + 1))
    echo "not ok $((passed + failed)) - $1"
    printf '# got:  %s\n# want: %s\n' "$2" "$3"
  fi
}

# near NAME GOT WANT: equal but for the last digits of a double
near() {
  if awk -v a="$2" -v b="$3" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(a != "" && d <= 1e-9 * (b < 0 ? -b : b)) }'; then
    ok "$1" near near
  else
    ok "$1" "$2" "$3"
  fi
}

# has NAME GOT PART
has() {
  case $2 in
  *"$3"*) ok "$1" "$3" "$3" ;;
  *) ok "$1" "$2" "...$3..." ;;
  esac
}

if [ -z "${AWSCLI-}" ]; then
  "$(sed -n '1s/^#!//p' /usr/bin/aws)" "$(dirname "$0")/warm_aws.py" "$warm" &
  warmer=$!
  until [ -S "$warm" ]; do
    kill -0 "$warmer" 2>/dev/null || exit 1
    sleep 0.1
  done
fi

aws() {
  echo "$1 $2" >>"$work/called"
  if [ -n "${AWSCLI-}" ]; then
    "$AWSCLI" --endpoint-url "$url" --output text "$@" 2>&1
  else
    {
      env -0 | grep -z '^AWS_'
      printf '\0'
      printf '%s\0' --endpoint-url "$url" --output text "$@"
    } | curl -sS --unix-socket "$warm" --data-binary @- http://aws
  fi
}

# The quantile $2 of the numbers in file $1: linear interpolation at rank q * (n - 1).
quantile() {
  sort -n "$1" | awk -v q="$2" '{ v[NR - 1] = $1 } END {
    r = q * (NR - 1); i = int(r); if (i > NR - 2) { print v[NR - 1]; exit }
    printf "%.17g\n", v[i] + (r - i) * (v[i + 1] - v[i]) }'
}

# start [OPTION...]: an emulator at $url, in place of the one before
start() {
  [ -z "$emulator" ] || kill "$emulator"
  [ -z "$emulator" ] || wait "$emulator"
  : >"$work/ready" # what the one before said must not be read again
  "$obsview" emulate --listen 127.0.0.1:0 --emf-listen off --db :memory: "$@" >"$work/ready" 2>"$work/errors" &
  emulator=$!
  url=
  for _ in $(seq 100); do
    url=$(sed -n 's/.*ready \(http:[^ ]*\).*/\1/p' "$work/ready" | head -n 1)
    [ -n "$url" ] && return
    kill -0 "$emulator" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/ready" "$work/errors"
  ok "the emulator says that it is ready" no yes
  echo "$passed passed, $failed failed"
  exit 1
}

start
now=$(date +%s)
minute=$((now / 60 * 60 - 600))
start=$((minute - 600))
at() {
  date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ
}

# --- metrics: 137 values with counts, dimensions in one order, asked for in the other ---

awk 'BEGIN { srand(27); for (i = 0; i < 137; i++) printf "%.3f %d\n", exp(6 + 2.4 * rand()), 1 + int(3 * rand()) }' >"$work/pairs"
awk '{ for (i = 0; i < $2; i++) print $1 }' "$work/pairs" >"$work/values"
awk -v time="$(at "$minute")" '
  { v = v sep $1; c = c sep $2; sep = "," }
  END { printf "[{\"MetricName\":\"LCP\",\"Unit\":\"Milliseconds\",\"Timestamp\":\"%s\",\"Values\":[%s],\"Counts\":[%s],", time, v, c
        printf "\"Dimensions\":[{\"Name\":\"route\",\"Value\":\"/\"},{\"Name\":\"environment\",\"Value\":\"dev\"}]}]\n" }
' "$work/pairs" >"$work/data.json"
got=$(aws cloudwatch put-metric-data --namespace Shop/Web --metric-data "file://$work/data.json")
ok "put-metric-data takes values with counts" "$got" ""

cat >"$work/queries.json" <<'JSON'
[
  {"Id": "p75", "MetricStat": {"Metric": {"Namespace": "Shop/Web", "MetricName": "LCP", "Dimensions": [{"Name": "environment", "Value": "dev"}, {"Name": "route", "Value": "/"}]}, "Period": 60, "Stat": "p75"}},
  {"Id": "p999", "MetricStat": {"Metric": {"Namespace": "Shop/Web", "MetricName": "LCP", "Dimensions": [{"Name": "environment", "Value": "dev"}, {"Name": "route", "Value": "/"}]}, "Period": 300, "Stat": "p99.9"}},
  {"Id": "avg", "MetricStat": {"Metric": {"Namespace": "Shop/Web", "MetricName": "LCP", "Dimensions": [{"Name": "environment", "Value": "dev"}, {"Name": "route", "Value": "/"}]}, "Period": 60, "Stat": "Average"}},
  {"Id": "good", "MetricStat": {"Metric": {"Namespace": "Shop/Web", "MetricName": "LCP", "Dimensions": [{"Name": "environment", "Value": "dev"}, {"Name": "route", "Value": "/"}]}, "Period": 60, "Stat": "PR(:2500)"}},
  {"Id": "fast", "MetricStat": {"Metric": {"Namespace": "Shop/Web", "MetricName": "LCP", "Dimensions": [{"Name": "environment", "Value": "dev"}, {"Name": "route", "Value": "/"}]}, "Period": 60, "Stat": "TS(:2500)"}},
  {"Id": "sum", "Expression": "avg*DATAPOINT_COUNT(avg) + fast", "Label": "${LABEL} of ${DATAPOINT_COUNT}"},
  {"Id": "found", "Expression": "SEARCH('{Shop/Web,environment,route} MetricName=\"LCP\"', 'Average', 60)"},
  {"Id": "none", "MetricStat": {"Metric": {"Namespace": "Shop/Web", "MetricName": "LCP", "Dimensions": [{"Name": "route", "Value": "/"}]}, "Period": 60, "Stat": "Sum"}}
]
JSON
aws cloudwatch get-metric-data --metric-data-queries "file://$work/queries.json" \
  --start-time "$(at "$start")" --end-time "$(at "$now")" \
  --query 'MetricDataResults[].[Id,StatusCode,Timestamps[0],Values[0],length(Values),Label]' >"$work/results"
# field ID NUMBER: of the results
field() {
  awk -F '\t' -v id="$1" -v n="$2" '$1 == id { print $n }' "$work/results"
}

near "get-metric-data: p75" "$(field p75 4)" "$(quantile "$work/values" 0.75)"
near "get-metric-data: p99.9 of five minutes" "$(field p999 4)" "$(quantile "$work/values" 0.999)"
near "get-metric-data: Average" "$(field avg 4)" \
  "$(awk '{ s += $1 } END { printf "%.17g", s / NR }' "$work/values")"
near "get-metric-data: PR(:2500)" "$(field good 4)" \
  "$(awk '$1 <= 2500 { n++ } END { printf "%.17g", 100 * n / NR }' "$work/values")"
fast=$(awk '$1 <= 2500 { s += $1 } END { printf "%.17g", s }' "$work/values")
near "get-metric-data: TS(:2500)" "$(field fast 4)" "$fast"
near "get-metric-data: metric math" "$(field sum 4)" "$(awk -v f="$fast" '{ s += $1 } END { printf "%.17g", s / NR + f }' "$work/values")"
ok "get-metric-data: a dynamic label" "$(field sum 6)" "sum of 1"
ok "get-metric-data: SEARCH()" "$(field found 4)" "$(field avg 4)"
ok "get-metric-data: another set of dimensions is another metric" "$(field none 2) $(field none 5)" "Complete 0"
ok "get-metric-data: the time is the minute's start" "$(field p75 3 | sed 's/+00:00/Z/')" "$(at "$minute")"
ok "get-metric-data: the label tells the statistics apart" "$(field p75 6)" "dev / LCP p75"

got=$(aws cloudwatch get-metric-statistics --namespace Shop/Web --metric-name LCP \
  --dimensions Name=route,Value=/ Name=environment,Value=dev --period 60 \
  --start-time "$(at "$start")" --end-time "$(at "$now")" \
  --statistics SampleCount Sum Minimum Maximum --query 'Datapoints[].[SampleCount,Sum,Minimum,Maximum,Unit]')
want=$(awk 'NR == 1 { min = max = $1 } { s += $1; if ($1 < min) min = $1; if ($1 > max) max = $1 }
  END { printf "%d %.3f %.3f %.3f Milliseconds", NR, s, min, max }' "$work/values")
ok "get-metric-statistics: count, sum, least, most" \
  "$(echo "$got" | awk '{ printf "%d %.3f %.3f %.3f %s", $1, $2, $3, $4, $5 }')" "$want"
got=$(aws cloudwatch get-metric-statistics --namespace Shop/Web --metric-name LCP \
  --dimensions Name=route,Value=/ Name=environment,Value=dev --period 60 \
  --start-time "$(at "$start")" --end-time "$(at "$now")" \
  --extended-statistics p50 --query 'Datapoints[].ExtendedStatistics.p50')
near "get-metric-statistics: p50" "$got" "$(quantile "$work/values" 0.5)"

got=$(aws cloudwatch put-metric-data --namespace Shop/Web --metric-name Errors --value 3 --unit Count)
ok "put-metric-data: one value, now" "$got" ""
got=$("$obsview" await metric --where name=Errors --where value=3 --where unit=Count --endpoint-url "$url" | grep -c Shop/Web)
ok "put-metric-data: it is awaited by its name" "$got" 1
got=$(aws cloudwatch list-metrics --namespace Shop/Web --query 'Metrics[].MetricName' | tr '\t' ' ')
ok "list-metrics: by namespace" "$got" "Errors LCP"
got=$(aws cloudwatch list-metrics --dimensions Name=route --query 'Metrics[].Dimensions[].Name' | tr '\t' ' ')
ok "list-metrics: by the name of a dimension" "$got" "environment route"

# Six minutes of one metric in pages of two points: awscli follows NextToken by itself.
for i in 1 2 3 4 5 6; do
  printf '%s{"MetricName":"Paged","Value":%d,"Timestamp":"%s"}' "$([ $i = 1 ] || echo ,)" "$i" "$(at $((minute - i * 60)))"
done | sed '1s/^/[/; $s/$/]/' >"$work/data.json"
got=$(aws cloudwatch put-metric-data --namespace Shop/Web --metric-data "file://$work/data.json")
ok "put-metric-data: six minutes" "$got" ""
got=$(aws cloudwatch get-metric-data --page-size 2 --start-time "$(at "$start")" --end-time "$(at "$now")" \
  --metric-data-queries '[{"Id":"a","MetricStat":{"Metric":{"Namespace":"Shop/Web","MetricName":"Paged"},"Period":60,"Stat":"Sum"}}]' \
  --query 'MetricDataResults[].Values[]' | tr '\t\n' '  ')
ok "get-metric-data: pages" "$got" "1.0 2.0 3.0 4.0 5.0 6.0 "

got=$(aws cloudwatch put-metric-data --namespace Shop/Web --metric-name Old --value 1 --timestamp 2020-01-01T00:00:00Z)
has "put-metric-data: too old" "$got" \
  "(InvalidParameterValue) when calling the PutMetricData operation: The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks."
got=$(aws cloudwatch get-metric-statistics --namespace N --metric-name m --period 60 --statistics Sum \
  --start-time "$(at $((now - 259200)))" --end-time "$(at "$now")")
has "get-metric-statistics: too many points" "$got" \
  "(InvalidParameterCombination) when calling the GetMetricStatistics operation: You have requested up to 4,320 datapoints, which exceeds the limit of 1,440."
got=$(aws cloudwatch list-dashboards)
has "an operation that is not there is named" "$got" "obsview does not support ListDashboards; see obsview help aws"
got=$(aws secretsmanager list-secrets)
has "a service without operations too" "$got" "obsview does not support ListSecrets; see obsview help aws"

# --- logs ---

ok "create-log-group" "$(aws logs create-log-group --log-group-name /app/web)" ""
has "create-log-group twice" "$(aws logs create-log-group --log-group-name /app/web)" \
  "(ResourceAlreadyExistsException) when calling the CreateLogGroup operation: The specified log group already exists"
ok "create-log-stream" "$(aws logs create-log-stream --log-group-name /app/web --log-stream-name s1)" ""

ms=$((now * 1000))
cat >"$work/events.json" <<JSON
[
  {"timestamp": $((ms - 5000)), "message": "{\"level\":\"error\",\"msg\":\"boom\",\"ms\":700}"},
  {"timestamp": $((ms - 4000)), "message": "plain ERROR text"},
  {"timestamp": $((ms - 3000)), "message": "GET / 200"},
  {"timestamp": $((ms - 2000)), "message": "{\"_aws\":{\"Timestamp\":$((minute * 1000)),\"CloudWatchMetrics\":[{\"Namespace\":\"Shop/Api\",\"Dimensions\":[[\"service\"],[]],\"Metrics\":[{\"Name\":\"Latency\",\"Unit\":\"Milliseconds\"}]}]},\"service\":\"cart\",\"Latency\":[10,20,30,50]}"},
  {"timestamp": $((ms - 1000)), "message": "last line"}
]
JSON
got=$(aws logs put-log-events --log-group-name /app/web --log-stream-name s1 --log-events "file://$work/events.json" \
  --query 'rejectedLogEventsInfo')
ok "put-log-events takes all" "$got" "None"
ok "filter-log-events: a term" \
  "$(aws logs filter-log-events --log-group-name /app/web --filter-pattern ERROR --query 'events[].message')" "plain ERROR text"
ok "filter-log-events: JSON" \
  "$(aws logs filter-log-events --log-group-name /app/web --filter-pattern '{ $.level = "error" && $.ms > 500 }' --query 'length(events)')" "1"
ok "filter-log-events: fields" \
  "$(aws logs filter-log-events --log-group-name /app/web --filter-pattern '[verb=GET, path, status=2*]' --query 'events[].message')" "GET / 200"
ok "filter-log-events: pages" \
  "$(aws logs filter-log-events --log-group-name /app/web --page-size 2 --query 'length(events)' | awk '{ n += $1 } END { print n }')" "5"
ok "logs tail" "$(aws logs tail /app/web --since 5m --format short | cut -d ' ' -f 2- | tail -n 1)" "last line"
ok "get-log-events: from the head" \
  "$(aws logs get-log-events --log-group-name /app/web --log-stream-name s1 --start-from-head --limit 1 --query 'events[0].timestamp')" "$((ms - 5000))"
token=$(aws logs get-log-events --log-group-name /app/web --log-stream-name s1 --limit 1 --query nextBackwardToken)
ok "get-log-events: one page back from the newest" \
  "$(aws logs get-log-events --log-group-name /app/web --log-stream-name s1 --limit 1 --next-token "$token" --query 'events[].timestamp')" "$((ms - 2000))"
token=$(aws logs get-log-events --log-group-name /app/web --log-stream-name s1 --query nextForwardToken)
ok "get-log-events: the end gives its token back" \
  "$(aws logs get-log-events --log-group-name /app/web --log-stream-name s1 --next-token "$token" --query nextForwardToken)" "$token"
ok "describe-log-groups" \
  "$(aws logs describe-log-groups --log-group-name-prefix /app --query 'logGroups[].arn')" \
  "arn:aws:logs:eu-west-1:000000000000:log-group:/app/web:*"
ok "describe-log-streams: by last event" \
  "$(aws logs describe-log-streams --log-group-name /app/web --order-by LastEventTime --descending --query 'logStreams[].lastEventTimestamp')" "$((ms - 1000))"
has "filter-log-events: no such group" "$(aws logs filter-log-events --log-group-name /none)" \
  "(ResourceNotFoundException) when calling the FilterLogEvents operation: The specified log group does not exist."

printf '10\n20\n30\n50\n' >"$work/values"
got=$(aws cloudwatch get-metric-data --start-time "$(at "$start")" --end-time "$(at "$now")" \
  --metric-data-queries '[{"Id":"a","MetricStat":{"Metric":{"Namespace":"Shop/Api","MetricName":"Latency","Dimensions":[{"Name":"service","Value":"cart"}]},"Period":60,"Stat":"p75"}}]' \
  --query 'MetricDataResults[].Values[]')
near "put-log-events: EMF became a metric, p75" "$got" "$(quantile "$work/values" 0.75)"
got=$(aws cloudwatch get-metric-data --start-time "$(at "$start")" --end-time "$(at "$now")" \
  --metric-data-queries '[{"Id":"a","MetricStat":{"Metric":{"Namespace":"Shop/Api","MetricName":"Latency"},"Period":60,"Stat":"Average"}}]' \
  --query 'MetricDataResults[].Values[]')
near "put-log-events: EMF without dimensions, Average" "$got" 27.5

# --- lambda ---

aws logs create-log-group --log-group-name /aws/lambda/shop >/dev/null
aws logs create-log-stream --log-group-name /aws/lambda/shop --log-stream-name s1 >/dev/null
aws logs put-log-events --log-group-name /aws/lambda/shop --log-stream-name s1 --log-events \
  "timestamp=$((ms - 1000)),message='REPORT RequestId: 1	Duration: 2.5 ms	Billed Duration: 3 ms	Memory Size: 256 MB	Max Memory Used: 70 MB	'" >/dev/null
ok "lambda list-functions" "$(aws lambda list-functions --query 'Functions[].[FunctionName,MemorySize]' | tr '\t' ' ')" "shop 256"
ok "lambda get-function-configuration" "$(aws lambda get-function-configuration --function-name shop --query FunctionArn)" \
  "arn:aws:lambda:eu-west-1:000000000000:function:shop"
ok "lambda get-function: by its ARN" \
  "$(aws lambda get-function --function-name arn:aws:lambda:eu-west-1:000000000000:function:shop --query Configuration.Version)" "\$LATEST"
has "lambda get-function: none" "$(aws lambda get-function --function-name none)" \
  "(ResourceNotFoundException) when calling the GetFunction operation: Function not found: arn:aws:lambda:eu-west-1:000000000000:function:none"
# alarms: their parts keep their types through the query protocol
rate='[{"Id":"r","Expression":"100*e/i","Label":"rate","ReturnData":true},
 {"Id":"e","ReturnData":false,"MetricStat":{"Metric":{"Namespace":"Shop/Api","MetricName":"Errors"},"Period":60,"Stat":"Sum"}},
 {"Id":"i","ReturnData":false,"MetricStat":{"Metric":{"Namespace":"Shop/Api","MetricName":"Calls"},"Period":60,"Stat":"Sum"}}]'
ok "put-metric-alarm: metric math" \
  "$(aws cloudwatch put-metric-alarm --alarm-name rate --metrics "$rate" --evaluation-periods 3 --datapoints-to-alarm 2 \
    --threshold 5 --comparison-operator GreaterThanThreshold)" ""
ok "put-metric-alarm: one metric" \
  "$(aws cloudwatch put-metric-alarm --alarm-name slow --namespace Shop/Api --metric-name Latency --extended-statistic p75 \
    --dimensions Name=service,Value=cart --period 300 --evaluation-periods 1 --threshold 2.5 --unit Milliseconds \
    --comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data ignore --no-actions-enabled \
    --ok-actions arn:aws:sns:eu-west-1:000000000000:ok --tags Key=team,Value=web)" ""
ok "put-composite-alarm" \
  "$(aws cloudwatch put-composite-alarm --alarm-name both --alarm-rule 'ALARM(rate) AND NOT OK("slow")')" ""
ok "describe-alarms: metric math" \
  "$(aws cloudwatch describe-alarms --alarm-names rate --output json --query \
    'MetricAlarms[0].[DatapointsToAlarm, Threshold, Metrics[0].ReturnData, Metrics[1].ReturnData, Metrics[2].MetricStat.Period]' |
    tr -d ' \n')" '[2,5.0,true,false,60]'
ok "describe-alarms: one metric" \
  "$(aws cloudwatch describe-alarms --alarm-names slow --output json --query \
    'MetricAlarms[0].[ExtendedStatistic, Dimensions[0].Value, Period, Unit, ActionsEnabled, OKActions[0], TreatMissingData, AlarmArn]' |
    tr -d ' \n')" \
  '["p75","cart",300,"Milliseconds",false,"arn:aws:sns:eu-west-1:000000000000:ok","ignore","arn:aws:cloudwatch:eu-west-1:000000000000:alarm:slow"]'
ok "describe-alarms: pages" \
  "$(aws cloudwatch describe-alarms --page-size 1 --query 'MetricAlarms[].AlarmName' | tr '\t' '\n' | sort | tr '\n' ' ')" \
  "aurora-connections aurora-cpu obsview-dev-error-reporter-error-rate obsview-dev-web-vitals-error-rate openreplay-tasks openreplay-unhealthy rate slow umami-tasks umami-unhealthy "
ok "list-tags-for-resource" \
  "$(aws cloudwatch list-tags-for-resource --resource-arn arn:aws:cloudwatch:eu-west-1:000000000000:alarm:slow --query 'Tags[].Value')" web
ok "describe-alarms-for-metric" \
  "$(aws cloudwatch describe-alarms-for-metric --namespace Shop/Api --metric-name Latency --extended-statistic p75 \
    --dimensions Name=service,Value=cart --query 'MetricAlarms[].AlarmName')" slow
arn=arn:aws:cloudwatch:eu-west-1:000000000000:alarm:slow
ok "tag-resource" "$(aws cloudwatch tag-resource --resource-arn $arn --tags Key=env,Value=dev)" ""
ok "untag-resource" "$(aws cloudwatch untag-resource --resource-arn $arn --tag-keys team)" ""
ok "list-tags-for-resource: what is left" \
  "$(aws cloudwatch list-tags-for-resource --resource-arn $arn --query 'Tags[].[Key,Value]' | tr '\t' =)" env=dev
ok "enable-alarm-actions" "$(aws cloudwatch enable-alarm-actions --alarm-names slow)" ""
ok "disable-alarm-actions" "$(aws cloudwatch disable-alarm-actions --alarm-names rate)" ""
ok "describe-alarms: actions on and off" \
  "$(aws cloudwatch describe-alarms --alarm-names rate slow --query 'MetricAlarms[].ActionsEnabled' | tr '\t' ' ')" "False True"
ok "set-alarm-state" \
  "$(aws cloudwatch set-alarm-state --alarm-name rate --state-value ALARM --state-reason drill)" ""
ok "describe-alarm-history" \
  "$(aws cloudwatch describe-alarm-history --alarm-name rate --history-item-type StateUpdate --scan-by TimestampAscending \
    --query 'AlarmHistoryItems[0].HistorySummary')" "Alarm updated from INSUFFICIENT_DATA to ALARM"
has "delete-alarms: a child" "$(aws cloudwatch delete-alarms --alarm-names rate)" "(ValidationError)"
ok "delete-alarms" "$(aws cloudwatch delete-alarms --alarm-names both rate slow)" ""
has "set-alarm-state: no such alarm" \
  "$(aws cloudwatch set-alarm-state --alarm-name rate --state-value OK --state-reason drill)" \
  "(ResourceNotFound) when calling the SetAlarmState operation: Unknown alarm name rate"

ok "sts get-caller-identity" "$(aws sts get-caller-identity --query 'join(`,`, [UserId,Account])')" "AKIDEXAMPLE,000000000000"

# --- costs and budgets ---

start --clock 2026-11-28T15:25:00Z
ok "the document's command: November by Component" "$(aws ce get-cost-and-usage \
  --time-period Start=2025-11-01,End=2025-11-30 \
  --granularity MONTHLY \
  --metrics BlendedCost \
  --group-by Type=TAG,Key=Component \
  --query 'ResultsByTime[0].[TimePeriod.End,Groups[].Keys[0],Groups[2].Metrics.BlendedCost.Amount]' --output json |
  tr -d ' \n')" '["2025-11-30",["Component$","Component$CloudWatch","Component$Grafana","Component$Infrastructure","Component$OpenReplay","Component$Umami"],"8.7"]'
ok "get-cost-and-usage: a filter" "$(aws ce get-cost-and-usage --time-period Start=2025-11-01,End=2025-12-01 \
  --granularity MONTHLY --metrics UnblendedCost UsageQuantity \
  --filter '{"Dimensions": {"Key": "USAGE_TYPE", "Values": ["NatGateway-Hours"]}}' \
  --query 'ResultsByTime[0].Total.[UnblendedCost.Amount,UsageQuantity.Amount,UsageQuantity.Unit]')" "32.4	720	Hrs"
has "get-cost-and-usage: one day of nothing" "$(aws ce get-cost-and-usage \
  --time-period Start=2025-11-30,End=2025-11-30 --granularity DAILY --metrics UnblendedCost)" \
  "(ValidationException) when calling the GetCostAndUsage operation: Start date (and hour) should be before end date"
ok "get-cost-forecast" "$(aws ce get-cost-forecast --time-period Start=2026-11-29,End=2026-12-01 --granularity DAILY \
  --metric UNBLENDED_COST --prediction-interval-level 90 --query 'length(ForecastResultsByTime)')" 2
ok "get-tags" "$(aws ce get-tags --time-period Start=2026-11-01,End=2026-11-28 --tag-key DataType \
  --query 'Tags[1:]')" "Logs	Sessions"
ok "get-dimension-values" "$(aws ce get-dimension-values --time-period Start=2026-11-01,End=2026-11-28 \
  --dimension INSTANCE_TYPE --query 'DimensionValues[].Value')" "NoInstanceType	db.t4g.medium"
ok "list-cost-allocation-tags" "$(aws ce list-cost-allocation-tags --tag-keys Project Owner \
  --query 'CostAllocationTags[].Status')" "Active	Inactive"
account=000000000000
ok "describe-budgets" "$(aws budgets describe-budgets --account-id $account \
  --query 'Budgets[].[BudgetName,BudgetLimit.Amount,CostFilters.TagKeyValue[0]]')" \
  "UserMetrics	150	user:Project\$UserMetrics"
ok "describe-budget" "$(aws budgets describe-budget --account-id $account --budget-name UserMetrics \
  --query 'Budget.CalculatedSpend.[ActualSpend.Unit,ForecastedSpend.Unit]')" "USD	USD"
ok "describe-notifications-for-budget" "$(aws budgets describe-notifications-for-budget --account-id $account \
  --budget-name UserMetrics --query 'Notifications[].NotificationState')" "OK	OK	OK"
ok "describe-budget-performance-history" "$(aws budgets describe-budget-performance-history --account-id $account \
  --budget-name UserMetrics --query 'length(BudgetPerformanceHistory.BudgetedAndActualAmountsList)')" 12
has "another account's budgets" "$(aws budgets describe-budgets --account-id 123456789012)" "(AccessDeniedException)"

# --- keys, roles and rates ---

# as KEY SECRET [TOKEN] COMMAND...: with other credentials
as() (
  export AWS_ACCESS_KEY_ID=$1 AWS_SECRET_ACCESS_KEY=$2 AWS_SESSION_TOKEN=$3 AWS_MAX_ATTEMPTS=1
  shift 3
  aws "$@"
)

printf '[other]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = second\n' >"$work/credentials"
start --require-auth
ok "require-auth: the environment's key" "$(aws sts get-caller-identity --query UserId)" AKIDEXAMPLE
ok "require-auth: a profile's key" "$(as AKIDOTHER second '' sts get-caller-identity --query UserId)" AKIDOTHER
has "require-auth: another secret, query" "$(as AKIDEXAMPLE guess '' cloudwatch list-metrics)" "(SignatureDoesNotMatch)"
has "require-auth: another secret, JSON" "$(as AKIDEXAMPLE guess '' logs describe-log-groups)" "(InvalidSignatureException)"
has "require-auth: an unknown key, query" "$(as AKIDNOBODY guess '' cloudwatch list-metrics)" "(InvalidClientTokenId)"
has "require-auth: an unknown key, JSON" "$(as AKIDNOBODY guess '' logs describe-log-groups)" "(UnrecognizedClientException)"
has "require-auth: unsigned" "$(aws --no-sign-request cloudwatch list-metrics)" "(MissingAuthenticationToken)"
role=arn:aws:iam::123456789012:role/team/web
set -- $(aws sts assume-role --role-arn $role --role-session-name ci --duration-seconds 900 \
  --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
ok "assume-role: its keys speak for it" "$(as "$1" "$2" "$3" sts get-caller-identity --query Arn)" \
  "arn:aws:sts::123456789012:assumed-role/web/ci"
ok "assume-role: its keys are let in" "$(as "$1" "$2" "$3" logs create-log-group --log-group-name /role)" ""
has "assume-role: its keys without their token" "$(as "$1" "$2" '' cloudwatch list-metrics)" "(InvalidClientTokenId)"
set -- $(aws sts assume-role-with-web-identity --no-sign-request --role-arn $role --role-session-name pod \
  --web-identity-token abcd --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
ok "assume-role-with-web-identity: unsigned" "$(as "$1" "$2" "$3" sts get-caller-identity --query Arn)" \
  "arn:aws:sts::123456789012:assumed-role/web/pod"
set -- $(aws sts get-session-token --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
ok "get-session-token: the same caller" "$(as "$1" "$2" "$3" sts get-caller-identity --query UserId)" AKIDEXAMPLE

# the program's own chain of keys, against the same verification
printf '[profile %s]\nregion = eu-west-1\nendpoint_url = %s\n%s\n' \
  oncall "$url" "role_arn = $role
source_profile = other" \
  pod "$url" "role_arn = $role
web_identity_token_file = $work/jwt" \
  process "$url" "credential_process = sh -c 'echo {\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"AKIDOTHER\\\",\\\"SecretAccessKey\\\":\\\"second\\\"}'" \
  guess "$url" "aws_access_key_id = AKIDOTHER
aws_secret_access_key = guess" >"$work/config"
echo abcd >"$work/jwt"
has "doctor: a role" "$("$obsview" doctor --profile oncall)" "arn:aws:sts::123456789012:assumed-role/web/obsview-"
has "doctor: web identity" "$("$obsview" doctor --profile pod)" "arn:aws:sts::123456789012:assumed-role/web/obsview-"
has "doctor: a process" "$("$obsview" doctor --profile process)" "ok      cloudwatch:GetMetricData"
ok "doctor: one endpoint for all is reached once" \
  "$("$obsview" doctor --profile oncall | grep -c "^ok *reach")" 1
ok "doctor: all is well" "$("$obsview" doctor --profile oncall >/dev/null; echo $?)" 0
has "doctor: another secret" "$("$obsview" doctor --profile guess)" "fail    account"
ok "doctor: another secret, its exit" "$("$obsview" doctor --profile guess >/dev/null; echo $?)" 3
ok "doctor: a log group that is not there" \
  "$("$obsview" doctor --profile oncall --log-groups /none | sed -n 's/^fail *log group *//p')" \
  "there is no log group /none in this region"
ok "doctor: its exit" "$("$obsview" doctor --profile oncall --log-groups /none >/dev/null; echo $?)" 1
ok "doctor: as JSON" "$("$obsview" doctor --profile oncall --format json | python3 -c 'import json, sys
print(all(c["level"] in ("ok", "warn") for c in json.load(sys.stdin)["findings"]))')" True
has "report: by a role" "$("$obsview" report logs --profile oncall)" "/role"

start --throttle monitoring:ListMetrics=0,logs=0,sts=1000
has "throttle: query" "$(as a b '' cloudwatch list-metrics)" "(Throttling) when calling the ListMetrics operation"
has "throttle: JSON" "$(as a b '' logs describe-log-groups)" "(ThrottlingException) when calling the DescribeLogGroups operation"
ok "throttle: what has no rule, or a wide one" \
  "$(as a b '' sts get-caller-identity --query Account)" 000000000000

# --- the account: the document's two commands, and the services they speak of ---

start --region us-east-1
tagged() {
  aws resourcegroupstaggingapi get-resources --tag-filters Key=Project,Values=UserMetrics "$@" --region us-east-1
}
ok "tagging: the project's resources, of fifteen that have tags" \
  "$(tagged --query 'length(ResourceTagMappingList)') $(aws resourcegroupstaggingapi get-resources --region us-east-1 \
    --query 'length(ResourceTagMappingList)')" "12 15"
ok "tagging: counting tags finds two of ten that lack required ones" \
  "$(tagged --query 'ResourceTagMappingList[?length(Tags) < `5`].ResourceARN' | tr '\t' '\n' | sed 's/.*:[a-z/]*\/\([a-z-]*\).*/\1/')" \
  "grafana-workspace-role
openreplay-alb"
ok "tagging: page by page it is the same" \
  "$(tagged --page-size 5 --query 'ResourceTagMappingList[].ResourceARN' | tr '\t' '\n' | sort | md5sum)" \
  "$(tagged --query 'ResourceTagMappingList[].ResourceARN' | tr '\t' '\n' | sort | md5sum)"
ok "tagging: types" "$(aws resourcegroupstaggingapi get-resources --resource-type-filters rds ecs:service \
  --query 'length(ResourceTagMappingList)')" 3
has "tagging: keys" "$(aws resourcegroupstaggingapi get-tag-keys)" "CostCenter"
ok "tagging: values" "$(aws resourcegroupstaggingapi get-tag-values --key Project --query TagValues)" "$(printf 'Application\tUserMetrics')"

ok "rds: a cluster" "$(aws rds describe-db-clusters --db-cluster-identifier shop-aurora --query \
  'DBClusters[0].[Engine,EngineVersion,DBClusterMembers[0].DBInstanceIdentifier,length(TagList)]')" \
  "$(printf 'aurora-postgresql\t15.4\tshop-aurora-1\t3')"
ok "rds: its instance" "$(aws rds describe-db-instances --filters Name=db-cluster-id,Values=shop-aurora,other --query \
  'DBInstances[].[DBInstanceIdentifier,DBInstanceClass,Endpoint.Port]')" "$(printf 'shop-aurora-1\tdb.t4g.medium\t5432')"
ok "rds: its limit" "$(aws rds describe-db-cluster-parameters --db-cluster-parameter-group-name default.aurora-postgresql15 \
  --query 'Parameters[?ParameterName==`max_connections`].ParameterValue')" "LEAST({DBInstanceClassMemory/9531392},5000)"
ok "rds: two events a day" "$(aws rds describe-events --duration 1440 --query 'Events[].EventCategories[0]')" "$(printf 'backup\tbackup')"
has "rds: no cluster" "$(aws rds describe-db-clusters --db-cluster-identifier nope)" \
  "(DBClusterNotFoundFault) when calling the DescribeDBClusters operation: DBCluster nope not found."

ok "ecs: clusters" "$(aws ecs list-clusters --query clusterArns)" "arn:aws:ecs:us-east-1:000000000000:cluster/observability"
ok "ecs: tasks of a cluster" "$(aws ecs describe-clusters --clusters observability --query 'clusters[0].[runningTasksCount,pendingTasksCount]')" \
  "$(printf '2\t0')"
ok "ecs: services" "$(aws ecs list-services --cluster observability --query 'length(serviceArns)')" 2
ok "ecs: a service, and one that is missing" "$(aws ecs describe-services --cluster observability --services umami nope \
  --query '[[services[0].desiredCount,services[0].runningCount,failures[0].reason]]')" "$(printf '1\t1\tMISSING')"
task=$(aws ecs list-tasks --cluster observability --service-name umami --query 'taskArns[0]')
ok "ecs: a task" "$(aws ecs describe-tasks --cluster observability --tasks "$task" --query 'tasks[].[lastStatus,cpu,memory]')" \
  "$(printf 'RUNNING\t256\t512')"
has "ecs: no cluster" "$(aws ecs list-tasks --cluster nope)" "(ClusterNotFoundException)"

ok "elbv2: a load balancer" "$(aws elbv2 describe-load-balancers --names umami-alb --query 'LoadBalancers[].State.Code')" active
group=$(aws elbv2 describe-target-groups --names umami-tg --query 'TargetGroups[0].TargetGroupArn')
ok "elbv2: its targets" "$(aws elbv2 describe-target-health --target-group-arn "$group" \
  --query 'TargetHealthDescriptions[].TargetHealth.State')" healthy

instance=$(aws rds describe-db-instances --query 'DBInstances[0].DbiResourceId')
when="--start-time $(($(date +%s) - 600)) --end-time $(date +%s)"
ok "pi: load, the whole first, then by user" "$(aws pi get-resource-metrics --service-type RDS --identifier "$instance" $when \
  --period-in-seconds 60 --metric-queries '[{"Metric":"db.load.avg","GroupBy":{"Group":"db.user","Limit":2}}]' \
  --query 'MetricList[].[Key.Metric,Key.Dimensions."db.user.name"]')" "$(printf 'db.load.avg\t%s\n' None app_rw umami_user)"
ok "pi: the greatest first" "$(aws pi describe-dimension-keys --service-type RDS --identifier "$instance" $when \
  --metric db.load.avg --group-by Group=db.user,Limit=1 --query 'Keys[].Dimensions."db.user.name"')" app_rw

start --stack off
ok "no account: empty lists" "$(for call in 'resourcegroupstaggingapi get-resources' 'resourcegroupstaggingapi get-tag-keys' \
  'rds describe-db-clusters' 'rds describe-db-instances' 'rds describe-events' 'ecs list-clusters' 'ecs describe-clusters' \
  'elbv2 describe-load-balancers' 'elbv2 describe-target-groups'; do
  aws $call --query 'length(values(@)[0])' | sed 's/None/0/' # a list that is empty, or a token that is
done | sort | uniq -c | tr -d ' \n')" 90

# uncalled TITLE SERVICE: operations under this title of the program's list that no aws command above was for
uncalled() {
  "$obsview" help aws | awk -v title="$1" '$0 == title { on = 1; next } /^[^ ]/ { on = 0 } on && /^  [A-Z]/ { print $1 }' |
    sed "s/DB/Db/; s/[A-Z]/-\\l&/g; s/^-/$2 /" | sort | comm -23 - "$work/calls"
}

sort -u "$work/called" >"$work/calls"
for service in CloudWatch ECS Lambda RDS STS; do
  ok "every operation of $service was called" "$(uncalled $service $(echo $service | tr A-Z a-z))" ""
done
ok "every operation of Cost Explorer was called" "$(uncalled 'Cost Explorer' ce)" ""
ok "every operation of Budgets was called" "$(uncalled Budgets budgets)" ""
ok "every operation of tagging was called" "$(uncalled 'Resource Groups Tagging' resourcegroupstaggingapi)" ""
ok "every operation of load balancing was called" "$(uncalled 'Elastic Load Balancing' elbv2)" ""
ok "every operation of Performance Insights was called" "$(uncalled 'Performance Insights' pi)" ""

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
