/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.c - a document's elements: looked up, and changed so that the rest keeps its looks
 */
#include "domain/tree.h"

#include <stdio.h>
#include <string.h>

bool tree_is_element(const xmlNode *node, const char *name)
{
        return node && node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, X(name));
}

xmlNode *tree_child(const xmlNode *parent, const char *name)
{
        for (xmlNode *node = parent->children; node; node = node->next)
                if (tree_is_element(node, name))
                        return node;
        return NULL;
}

bool tree_attribute_is(xmlNode *node, const char *name, const char *value)
{
        xmlChar *have = xmlGetNoNsProp(node, X(name));
        bool same = have && strcmp((const char *)have, value) == 0;

        xmlFree(have);
        return same;
}

/* Only what differs is written, so that a second patch changes nothing. */
void tree_set_attribute(xmlNode *node, const char *name, const char *value)
{
        if (!tree_attribute_is(node, name, value))
                xmlSetProp(node, X(name), X(value));
}

/* --- layout: a new element stands on a line of its own, indented as its siblings --- */

void tree_append(xmlNode *parent, xmlNode *child, const char *indent)
{
        xmlNode *last = parent->last;

        if (last && last->type == XML_TEXT_NODE) {
                /* The blanks before the end tag stay before the end tag. */
                xmlAddPrevSibling(last, child);
                /* Last: libxml2 would join it with the text behind it. */
                xmlAddPrevSibling(child, xmlNewDocText(parent->doc, X(indent)));
        } else {
                xmlAddChild(parent, xmlNewDocText(parent->doc, X(indent)));
                xmlAddChild(parent, child);
        }
}

/* The line break and blanks in front of @parent's first element, or a plain guess. */
void tree_indent(const xmlNode *parent, const char *fallback, char ret[128])
{
        const xmlNode *first = parent->children;

        snprintf(ret, 128, "%s", fallback);
        if (first && first->type == XML_TEXT_NODE && first->content && first->next &&
            strspn((const char *)first->content, " \t\r\n") == strlen((const char *)first->content))
                snprintf(ret, 128, "%s", (const char *)first->content);
}

xmlNode *tree_need_child(xmlNode *parent, const char *name)
{
        xmlNode *child = tree_child(parent, name);
        char indent[128];

        if (child)
                return child;
        tree_indent(parent, "\n      ", indent);
        child = xmlNewDocNode(parent->doc, NULL, X(name), NULL);
        if (!parent->children) { /* <interface/> gets an inside */
                xmlAddChild(parent, xmlNewDocText(parent->doc, X(indent)));
                xmlAddChild(parent, child);
                xmlAddChild(parent, xmlNewDocText(parent->doc, X("\n    ")));
        } else {
                tree_append(parent, child, indent);
        }
        return child;
}

/* With the blanks in front of it, so that no empty line stays. */
void tree_remove_children(xmlNode *parent, const char *name)
{
        xmlNode *child;

        while ((child = tree_child(parent, name))) {
                xmlNode *blanks = child->prev;

                if (blanks && blanks->type == XML_TEXT_NODE && xmlIsBlankNode(blanks)) {
                        xmlUnlinkNode(blanks);
                        xmlFreeNode(blanks);
                }
                xmlUnlinkNode(child);
                xmlFreeNode(child);
        }
}
