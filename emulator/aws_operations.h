/* aws_operations.h - the handlers behind the operation table, one line each.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_AWS_OPERATIONS_H
#define OV_EMULATOR_AWS_OPERATIONS_H

#include "emulator/aws.h"

/* Lambda */
aws_handler aws_get_function;
aws_handler aws_get_function_configuration;
aws_handler aws_list_functions;

/* CloudWatch */
aws_handler aws_get_metric_data;
aws_handler aws_get_metric_statistics;
aws_handler aws_list_metrics;
aws_handler aws_put_metric_data;

/* CloudWatch Logs */
aws_handler aws_create_log_group;
aws_handler aws_create_log_stream;
aws_handler aws_describe_log_groups;
aws_handler aws_describe_log_streams;
aws_handler aws_filter_log_events;
aws_handler aws_get_log_events;
aws_handler aws_put_log_events;
aws_handler aws_start_live_tail;

/* STS */
aws_handler aws_assume_role;
aws_handler aws_assume_role_with_web_identity;
aws_handler aws_get_caller_identity;
aws_handler aws_get_session_token;

#endif
