/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record_json.h - what is in a record's file
 */
#pragma once

#include "netsetup/record.h"
#include "podgraft/json.h"

#define RECORD_VERSION     2 /* 2: keeper and filter, which a reader of 1 would leave behind */
#define RECORD_BOOT_ID_LEN 64

/** record_boot_id() - this boot's, or "unknown" */
void record_boot_id(char ret[RECORD_BOOT_ID_LEN]);

/** record_to_json() - the file's content: the version, whose record it is, all that it says */
struct json_object *record_to_json(uint64_t cookie, const struct record *record);

/**
 * record_from_json() - what it says; neither the version nor whose record it is
 * Return: 0; -EINVAL something is missing, or of another type; -ENOMEM
 */
int record_from_json(struct json_object *o, struct record **ret, struct error *err);

/* serving.c */
struct json_object *record_serving_to_json(const struct record *record);
int record_serving_from_json(struct json_object *conf, struct record *record, struct error *err);
