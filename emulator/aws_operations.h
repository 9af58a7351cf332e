/* aws_operations.h - the handlers behind the operation table, one line each.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_AWS_OPERATIONS_H
#define OV_EMULATOR_AWS_OPERATIONS_H

#include "emulator/aws.h"

/* Budgets */
aws_handler aws_describe_budget;
aws_handler aws_describe_budget_performance_history;
aws_handler aws_describe_budgets;
aws_handler aws_describe_notifications_for_budget;

/* Cost Explorer */
aws_handler aws_get_cost_and_usage;
aws_handler aws_get_cost_forecast;
aws_handler aws_get_dimension_values;
aws_handler aws_get_tags;
aws_handler aws_list_cost_allocation_tags;

/* Lambda */
aws_handler aws_get_function;
aws_handler aws_get_function_configuration;
aws_handler aws_list_functions;

/* CloudWatch */
aws_handler aws_delete_alarms;
aws_handler aws_describe_alarm_history;
aws_handler aws_describe_alarms;
aws_handler aws_describe_alarms_for_metric;
aws_handler aws_disable_alarm_actions;
aws_handler aws_enable_alarm_actions;
aws_handler aws_get_metric_data;
aws_handler aws_get_metric_statistics;
aws_handler aws_list_metrics;
aws_handler aws_list_alarm_tags;
aws_handler aws_put_composite_alarm;
aws_handler aws_put_metric_alarm;
aws_handler aws_put_metric_data;
aws_handler aws_set_alarm_state;
aws_handler aws_tag_alarm;
aws_handler aws_untag_alarm;

/* CloudWatch Logs */
aws_handler aws_create_log_group;
aws_handler aws_create_log_stream;
aws_handler aws_delete_log_group;
aws_handler aws_delete_log_stream;
aws_handler aws_delete_metric_filter;
aws_handler aws_delete_retention_policy;
aws_handler aws_delete_subscription_filter;
aws_handler aws_describe_log_groups;
aws_handler aws_describe_log_streams;
aws_handler aws_describe_metric_filters;
aws_handler aws_describe_queries;
aws_handler aws_describe_subscription_filters;
aws_handler aws_filter_log_events;
aws_handler aws_get_log_events;
aws_handler aws_get_log_record;
aws_handler aws_get_query_results;
aws_handler aws_list_tags_for_resource;
aws_handler aws_list_tags_log_group;
aws_handler aws_put_log_events;
aws_handler aws_put_metric_filter;
aws_handler aws_put_retention_policy;
aws_handler aws_put_subscription_filter;
aws_handler aws_start_live_tail;
aws_handler aws_start_query;
aws_handler aws_stop_query;
aws_handler aws_tag_log_group;
aws_handler aws_tag_resource;
aws_handler aws_test_metric_filter;
aws_handler aws_untag_log_group;
aws_handler aws_untag_resource;

/* S3 */
aws_handler aws_s3_delete_object;
aws_handler aws_s3_delete_objects;
aws_handler aws_s3_get_bucket_encryption;
aws_handler aws_s3_get_bucket_lifecycle;
aws_handler aws_s3_get_bucket_location;
aws_handler aws_s3_get_object;
aws_handler aws_s3_head_bucket;
aws_handler aws_s3_head_object;
aws_handler aws_s3_list_buckets;
aws_handler aws_s3_list_objects;
aws_handler aws_s3_list_objects_v2;

/* Performance Insights */
aws_handler aws_describe_dimension_keys;
aws_handler aws_get_resource_metrics;
/* Resource Groups Tagging */
aws_handler aws_get_resources;
aws_handler aws_get_tag_keys;
aws_handler aws_get_tag_values;

/* RDS */
aws_handler aws_describe_db_cluster_parameters;
aws_handler aws_describe_db_clusters;
aws_handler aws_describe_db_instances;
aws_handler aws_describe_events;

/* ECS */
aws_handler aws_describe_ecs_clusters;
aws_handler aws_describe_ecs_services;
aws_handler aws_describe_ecs_tasks;
aws_handler aws_list_ecs_clusters;
aws_handler aws_list_ecs_services;
aws_handler aws_list_ecs_tasks;

/* Elastic Load Balancing */
aws_handler aws_describe_load_balancers;
aws_handler aws_describe_target_groups;
aws_handler aws_describe_target_health;

/* STS */
aws_handler aws_assume_role;
aws_handler aws_assume_role_with_web_identity;
aws_handler aws_get_caller_identity;
aws_handler aws_get_session_token;

#endif
