/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.h - inside domain: elements and attributes, looked up and changed with little ado
 */
#pragma once

#include <libxml/tree.h>
#include <stdbool.h>

#define X(s) ((const xmlChar *)(s))

bool tree_is_element(const xmlNode *node, const char *name);
/** tree_child() - the first element called @name in @parent, or NULL */
xmlNode *tree_child(const xmlNode *parent, const char *name);
/** tree_need_child() - that, or a new one on a line of its own */
xmlNode *tree_need_child(xmlNode *parent, const char *name);
void tree_remove_children(xmlNode *parent, const char *name);

bool tree_attribute_is(xmlNode *node, const char *name, const char *value);
/** tree_set_attribute() - writes only what differs, so that a second patch changes nothing */
void tree_set_attribute(xmlNode *node, const char *name, const char *value);

/** tree_append() - @child as the last of @parent's, with @indent in front of it */
void tree_append(xmlNode *parent, xmlNode *child, const char *indent);
/** tree_indent() - what stands in front of @parent's first element, else @fallback */
void tree_indent(const xmlNode *parent, const char *fallback, char ret[128]);
