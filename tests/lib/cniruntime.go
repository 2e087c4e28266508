// SPDX-License-Identifier: LGPL-2.1-or-later

// cniruntime COMMAND LIST CONTAINER NETNS IFNAME: what a container runtime does for a pod, by the
// reference library that containerd and CRI-O have in them. COMMAND is add, check, del, or version
// (of the plugins in the list). Plugins are looked for in CNI_PATH, results kept in CNI_CACHE.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/types"
)

func run(command string, cni *libcni.CNIConfig, list *libcni.NetworkConfigList, pod *libcni.RuntimeConf) error {
	ctx := context.Background()
	switch command {
	case "add":
		result, err := cni.AddNetworkList(ctx, list, pod)
		if err != nil {
			return err
		}
		return result.Print()
	case "check":
		return cni.CheckNetworkList(ctx, list, pod)
	case "del":
		return cni.DelNetworkList(ctx, list, pod)
	case "version":
		_, err := cni.ValidateNetworkList(ctx, list)
		return err
	}
	return fmt.Errorf("there is no command '%s'", command)
}

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: cniruntime add|check|del|version LIST CONTAINER NETNS IFNAME")
		os.Exit(2)
	}
	list, err := libcni.ConfListFromFile(os.Args[2])
	if err == nil {
		cni := libcni.NewCNIConfigWithCacheDir(filepath.SplitList(os.Getenv("CNI_PATH")), os.Getenv("CNI_CACHE"), nil)
		err = run(os.Args[1], cni, list, &libcni.RuntimeConf{
			ContainerID: os.Args[3], NetNS: os.Args[4], IfName: os.Args[5],
			Args: [][2]string{{"IgnoreUnknown", "1"}, {"K8S_POD_NAME", "virt-launcher-vm"}},
		})
	}
	var plugin *types.Error
	if errors.As(err, &plugin) {
		fmt.Fprintf(os.Stderr, "code %d: %s\n", plugin.Code, plugin.Msg)
		os.Exit(1)
	} else if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
