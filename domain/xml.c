/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xml.c - point one <interface> of a domain at the pod's tap; pure, bytes in and bytes out
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "podgraft/domain.h"

static inline void *doc_free(xmlDoc *doc)
{
        xmlFreeDoc(doc);
        return NULL;
}
DEFINE_CLEANUP(xmlDoc *, doc_free)

#define X(s) ((const xmlChar *)(s))

static bool is_element(const xmlNode *node, const char *name)
{
        return node && node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, X(name));
}

static xmlNode *find_child(const xmlNode *parent, const char *name)
{
        for (xmlNode *node = parent->children; node; node = node->next)
                if (is_element(node, name))
                        return node;
        return NULL;
}

static bool attribute_is(xmlNode *node, const char *name, const char *value)
{
        xmlChar *have = xmlGetNoNsProp(node, X(name));
        bool same = have && strcmp((const char *)have, value) == 0;

        xmlFree(have);
        return same;
}

/* Only what differs is written, so that a second patch changes nothing. */
static void set_attribute(xmlNode *node, const char *name, const char *value)
{
        if (!attribute_is(node, name, value))
                xmlSetProp(node, X(name), X(value));
}

/* --- parsing --- */

static void keep_quiet(void *context _unused_, const char *message _unused_, ...)
{
}

static int parse_failed(struct error *err)
{
        xmlError *e = xmlGetLastError();
        char text[256];

        snprintf(text, sizeof(text), "%s", e && e->message ? e->message : "malformed");
        text[strcspn(text, "\n")] = '\0';
        return error_set_class(err, ERROR_USAGE, -EINVAL, "malformed XML in line %d: %s",
                               e ? e->line : 0, text);
}

static int parse_domain(const char *xml, size_t len, xmlDoc **ret, struct error *err)
{
        _cleanup_(cleanup_doc_free) xmlDoc *doc = NULL;
        xmlNode *root;

        if (len > DOMAIN_XML_MAX)
                return error_set_class(err, ERROR_USAGE, -EFBIG,
                                       "the XML is larger than %u bytes, no domain is",
                                       DOMAIN_XML_MAX);
        if (strnlen(xml, len) < len || len == 0 || strspn(xml, " \t\r\n") == len)
                return error_set_class(err, ERROR_USAGE, -EINVAL, "%s",
                                       len == 0 || strspn(xml, " \t\r\n") == len
                                               ? "the XML is empty; give a libvirt <domain>"
                                               : "there is a NUL byte in the XML");
        xmlSetGenericErrorFunc(NULL, keep_quiet);
        /* No entity is expanded, nothing is fetched: the file is the user's, the process ours. */
        doc = xmlReadMemory(xml, (int)len, NULL, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
        if (!doc)
                return parse_failed(err);
        root = xmlDocGetRootElement(doc);
        if (!is_element(root, "domain"))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the XML is no libvirt domain: its root is <%.64s>",
                                       root ? (const char *)root->name : "");
        *ret = take_ptr(doc);
        return 0;
}

/* --- finding the interface --- */

static bool has_alias(const xmlNode *interface, const char *alias)
{
        xmlNode *node = find_child(interface, "alias");
        char wanted[256];

        snprintf(wanted, sizeof(wanted), "ua-%s", alias);
        return node && attribute_is(node, "name", wanted);
}

/* hostdev and vdpa pass hardware through: there is no tap in them. */
static bool is_networked(xmlNode *interface)
{
        return !attribute_is(interface, "type", "hostdev") &&
               !attribute_is(interface, "type", "vdpa");
}

static xmlNode *find_interface(const xmlNode *devices, const char *alias)
{
        xmlNode *first = NULL;

        for (xmlNode *node = devices->children; node; node = node->next) {
                if (!is_element(node, "interface"))
                        continue;
                if (alias && has_alias(node, alias))
                        return node;
                if (!first && is_networked(node))
                        first = node;
        }
        return first;
}

/* --- layout: a new element stands on a line of its own, indented as its siblings --- */

static void append_element(xmlNode *parent, xmlNode *child, const char *indent)
{
        xmlNode *last = parent->last;

        if (last && last->type == XML_TEXT_NODE) {
                /* The blanks before the end tag stay before the end tag. */
                xmlAddPrevSibling(last, xmlNewDocText(parent->doc, X(indent)));
                xmlAddPrevSibling(last, child);
        } else {
                xmlAddChild(parent, xmlNewDocText(parent->doc, X(indent)));
                xmlAddChild(parent, child);
        }
}

/* The line break and blanks in front of @parent's first element, or a plain guess. */
static void child_indent(const xmlNode *parent, const char *fallback, char ret[128])
{
        const xmlNode *first = parent->children;

        snprintf(ret, 128, "%s", fallback);
        if (first && first->type == XML_TEXT_NODE && first->content && first->next &&
            strspn((const char *)first->content, " \t\r\n") == strlen((const char *)first->content))
                snprintf(ret, 128, "%s", (const char *)first->content);
}

static xmlNode *need_child(xmlNode *parent, const char *name)
{
        xmlNode *child = find_child(parent, name);
        char indent[128];

        if (child)
                return child;
        child_indent(parent, "\n      ", indent);
        child = xmlNewDocNode(parent->doc, NULL, X(name), NULL);
        if (!parent->children) { /* <interface/> gets an inside */
                xmlAddChild(parent, xmlNewDocText(parent->doc, X(indent)));
                xmlAddChild(parent, child);
                xmlAddChild(parent, xmlNewDocText(parent->doc, X("\n    ")));
        } else {
                append_element(parent, child, indent);
        }
        return child;
}

/* With the blanks in front of it, so that no empty line stays. */
static void remove_child(xmlNode *parent, const char *name)
{
        xmlNode *child;

        while ((child = find_child(parent, name))) {
                xmlNode *blanks = child->prev;

                if (blanks && blanks->type == XML_TEXT_NODE && xmlIsBlankNode(blanks)) {
                        xmlUnlinkNode(blanks);
                        xmlFreeNode(blanks);
                }
                xmlUnlinkNode(child);
                xmlFreeNode(child);
        }
}

/* --- the patch --- */

/* What belongs to other types of interface and is refused or misread for 'ethernet'. */
static const char *const foreign[] = { "source", "virtualport",  "portForward", "backend",
                                       "ip",     "route",        "script",      "vlan",
                                       "actual", "backenddomain" };

static void patch_queues(xmlNode *interface, unsigned queues)
{
        xmlNode *model = find_child(interface, "model"), *driver;
        char text[16];

        /* Only virtio has queues; libvirt refuses them elsewhere. */
        if (queues <= 1 || (model && !attribute_is(model, "type", "virtio") &&
                            !attribute_is(model, "type", "virtio-transitional") &&
                            !attribute_is(model, "type", "virtio-non-transitional")))
                return;
        driver = need_child(interface, "driver");
        snprintf(text, sizeof(text), "%u", queues);
        set_attribute(driver, "queues", text);
}

static void patch_interface(xmlNode *interface, const struct domain_interface *wanted)
{
        xmlNode *target;
        char mtu[16];

        set_attribute(interface, "type", "ethernet");
        xmlUnsetProp(interface, X("trustGuestRxFilters")); /* macvtap's */
        for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
                remove_child(interface, foreign[i]);
        set_attribute(need_child(interface, "mac"), "address", wanted->mac);
        target = need_child(interface, "target");
        set_attribute(target, "dev", wanted->tap);
        set_attribute(target, "managed", "no");
        snprintf(mtu, sizeof(mtu), "%u", wanted->mtu_bytes);
        set_attribute(need_child(interface, "mtu"), "size", mtu);
        patch_queues(interface, wanted->queues);
}

static xmlNode *add_interface(xmlNode *devices, const char *alias)
{
        xmlNode *interface = xmlNewDocNode(devices->doc, NULL, X("interface"), NULL), *node;
        char indent[128], name[256];

        child_indent(devices, "\n    ", indent);
        append_element(devices, interface, indent);
        node = need_child(interface, "model");
        xmlSetProp(node, X("type"), X("virtio"));
        if (alias) {
                snprintf(name, sizeof(name), "ua-%s", alias);
                xmlSetProp(need_child(interface, "alias"), X("name"), X(name));
        }
        return interface;
}

static int domain_name(const xmlDoc *doc, char **ret, struct error *err)
{
        const xmlNode *name = find_child(xmlDocGetRootElement(doc), "name");
        xmlChar *text = name ? xmlNodeGetContent(name) : NULL;

        if (!text || !*text || strchr((const char *)text, '/') ||
            strchr((const char *)text, '\n')) {
                xmlFree(text);
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the domain has no usable <name>");
        }
        *ret = strdup((const char *)text);
        xmlFree(text);
        return *ret ? 0 : error_set(err, -ENOMEM, "out of memory");
}

int domain_xml_patch(const char *xml, size_t len, const struct domain_interface *wanted,
                     char **ret_xml, char **ret_name, struct error *err)
{
        _cleanup_(cleanup_doc_free) xmlDoc *doc = NULL;
        _cleanup_free_ char *name = NULL;
        xmlNode *devices, *interface;
        xmlChar *text = NULL;
        int text_len, r;

        if ((r = parse_domain(xml, len, &doc, err)) < 0 || (r = domain_name(doc, &name, err)) < 0)
                return r;
        devices = find_child(xmlDocGetRootElement(doc), "devices");
        if (!devices)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the domain has no <devices>, so no place for the pod's "
                                       "interface");
        interface = find_interface(devices, wanted->alias);
        if (!interface)
                interface = add_interface(devices, wanted->alias);
        patch_interface(interface, wanted);
        xmlDocDumpMemory(doc, &text, &text_len);
        if (!text)
                return error_set(err, -ENOMEM, "out of memory");
        /* libxml2's own allocator is malloc's unless told otherwise. */
        *ret_xml = (char *)text;
        *ret_name = take_ptr(name);
        return 0;
}
