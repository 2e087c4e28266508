/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * metrics.h - the status for Prometheus
 */
#pragma once

#include <stdio.h>

#include "podgraft/json.h"

/**
 * metrics_print() - a list of status's JSON, one for each interface, in Prometheus' text format
 * https://prometheus.io/docs/instrumenting/exposition_formats/: names and labels are stable
 */
void metrics_print(FILE *f, struct json_object *all);
