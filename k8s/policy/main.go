// What enforces NetworkPolicy in the test cluster: kube-router's controller of
// policies alone, without its router and its proxy. The nodes of the cluster
// share one kernel, so one process filters for the pods of all of them.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	node := flag.String("node", "node-1", "the node whose address stands for all")
	address := flag.String("address", "", "that address")
	ready := flag.String("ready", "", "a file that is written once policies are watched")
	flag.Parse()
	if err := run(*kubeconfig, *node, *address, *ready); err != nil {
		fmt.Fprintln(os.Stderr, "policy:", err)
		os.Exit(1)
	}
}

func run(kubeconfig, node, address, ready string) error {
	access, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	// The controller filters for the pods of its own node.
	if err := pods.SetTransform(func(object any) (any, error) {
		if pod, is := object.(*core.Pod); is && pod.Status.HostIP != "" {
			pod.Status.HostIP = address
		}
		return object, nil
	}); err != nil {
		return err
	}
	factory.Start(stop)
	factory.WaitForCacheSync(stop)

	settings := options.NewKubeRouterConfig()
	settings.HostnameOverride = node
	settings.EnableIPv4 = true
	settings.ClusterIPCIDRs = []string{"10.96.0.0/16"}
	settings.IPTablesSyncPeriod = time.Minute
	tables, sets, err := netpol.NewIPTablesHandlers(settings)
	if err != nil {
		return err
	}
	var lock sync.Mutex
	controller, err := netpol.NewNetworkPolicyController(client, settings, pods, policies, namespaces, &lock, tables, sets)
	if err != nil {
		return err
	}
	for informer, handler := range map[cache.SharedIndexInformer]cache.ResourceEventHandler{
		pods: controller.PodEventHandler, namespaces: controller.NamespaceEventHandler,
		policies: controller.NetworkPolicyEventHandler,
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	health := make(chan *healthcheck.ControllerHeartbeat, 16)
	go func() {
		for range health {
		}
	}()
	var running sync.WaitGroup
	running.Add(1)
	go controller.Run(health, stop, &running)
	if ready != "" {
		if err := os.WriteFile(ready, nil, 0o600); err != nil {
			return err
		}
	}

	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGINT, syscall.SIGTERM)
	<-asked
	close(stop)
	running.Wait()
	// The kernel is left as it was found.
	controller.Cleanup()
	return nil
}
