/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * picture.h - the wiring in line art
 */
#pragma once

#include "launcher/terminal.h"
#include "podgraft/podnet.h"

struct json_object;

/** picture_pod() - the pod as it is without the graft */
void picture_pod(const struct terminal *t, const struct podnet *net);

/**
 * picture_graft() - the pod with the graft
 * @links: of netsetup_links_json(): what is missing, down or not attached is marked; NULL: all well
 */
void picture_graft(const struct terminal *t, const struct podnet *net, struct json_object *links);
