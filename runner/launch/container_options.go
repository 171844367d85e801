package launch

import "slices"

const (
	widens    = "what it gives the container cannot be seen"
	elsewhere = "it changes which container service is asked, or how"
	fromFile  = "it reads a file that cannot be seen"
)

// Options in front of the subcommand.
var containerGlobals = map[string]*table{
	"docker": newTable(clusters|shortEqual,
		flags("-D,--debug -v,--version --help"),
		values("-l,--log-level"),
		refused(elsewhere, flags("--tls --tlsverify"), values("-H,--host -c,--context --config --tlscacert --tlscert --tlskey")),
	),
	"podman": newTable(clusters|shortEqual,
		flags("--syslog --trace --noout -v,--version -h,--help"),
		values("--log-level"),
		refused(elsewhere, flags("-r,--remote --transient-store"), values(`-c,--connection --url --identity --ssh --root --runroot
			--imagestore --runtime --runtime-flag --storage-driver --storage-opt --hooks-dir --conmon --config --module --volumepath
			--tmpdir --cgroup-manager --network-config-dir --cni-config-dir --network-cmd-path --namespace --events-backend --out
			--default-mounts-file --registries-conf --cdi-spec-dir --cpu-profile --memory-profile --max-workers --tls-ca --tls-cert --tls-key`)),
	),
	"nerdctl": newTable(clusters|shortEqual,
		flags("--debug --debug-full --experimental --kube-hide-dupe -v,--version -h,--help"),
		refused(elsewhere, flags("--insecure-registry"), values(`-H,-a,--host,--address -n,--namespace --snapshotter,--storage-driver --cni-path
			--cni-netconfpath --data-root --cgroup-manager --hosts-dir --host-gateway-ip --bridge-ip --cdi-spec-dirs`)),
	),
}

// dockerRun are the options of docker run. The others share most of them.
var dockerRun = slices.Concat(
	flags(`-d,--detach -i,--interactive -t,--tty --init --no-healthcheck --oom-kill-disable --privileged -q,--quiet --read-only --rm
		--sig-proxy --disable-content-trust --help`),
	values(`--add-host -a,--attach --blkio-weight --blkio-weight-device --cap-add --cap-drop --cgroupns --cidfile --cpu-count --cpu-percent
		--cpu-period --cpu-quota --cpu-rt-period --cpu-rt-runtime -c,--cpu-shares --cpus --cpuset-cpus --cpuset-mems --detach-keys
		--device-read-bps --device-read-iops --device-write-bps --device-write-iops --dns --dns-opt --dns-option --dns-search --domainname
		--entrypoint -e,--env --expose --group-add --health-cmd --health-interval --health-retries --health-start-interval
		--health-start-period --health-timeout -h,--hostname --io-maxbandwidth --io-maxiops --ip --ip6 --ipc --kernel-memory -l,--label
		--label-file --link --link-local-ip --log-driver --log-opt --mac-address -m,--memory --memory-reservation --memory-swap
		--memory-swappiness --mount --name --net,--network --net-alias,--network-alias --oom-score-adj --pid --pids-limit --platform
		-p,--publish --pull --restart --security-opt --shm-size --stop-signal --stop-timeout --storage-opt --sysctl --tmpfs --ulimit
		-u,--user --userns --uts -v,--volume -w,--workdir`),
	refused(widens,
		flags("-P,--publish-all --use-api-socket"),
		values("--annotation --cgroup-parent --device --device-cgroup-rule --gpus --isolation --runtime --volume-driver --volumes-from")),
	refused(fromFile, values("--env-file")),
)

// Options behind run.
var containerRuns = map[string]*table{
	"docker": newTable(clusters|shortEqual, dockerRun),
	"podman": newTable(clusters|shortEqual, dockerRun,
		flags(`--http-proxy --no-hosts --no-hostname --passwd --read-only-tmpfs --replace --rmi --unsetenv-all`),
		optionals("--tls-verify"),
		values(`--arch --os --variant --authfile --creds --group-entry --health-on-failure --health-startup-cmd --health-startup-interval
			--health-startup-retries --health-startup-success --health-startup-timeout --health-log-destination
			--health-max-log-count --health-max-log-size --image-volume --passwd-entry --personality --retry --retry-delay --sdnotify
			--shm-size-systemd --systemd --timeout --tz --umask --unsetenv`),
		refused(widens, flags("--env-host --rootfs"), values(`--cgroup-conf --cgroups --chrootdirs --conmon-pidfile --decryption-key --env-merge
			--gidmap --uidmap --subgidname --subuidname --hosts-file --hostuser --init-path --intel-rdt-closid --pidfile --pod --pod-id-file
			--preserve-fd --preserve-fds --rdt-class --requires --seccomp-policy --secret --signature-policy --infra-conmon-pidfile`)),
	),
	"nerdctl": newTable(clusters|shortEqual, dockerRun,
		values("--umask --systemd"),
		refused(widens, values(`--cgroup-conf --init-binary --rdt-class --pidfile --cosign-key --verify --ipfs-address
			--cosign-certificate-identity --cosign-certificate-identity-regexp --cosign-certificate-oidc-issuer
			--cosign-certificate-oidc-issuer-regexp`)),
	),
}

// harmless are subcommands that run no container.
var harmless = wordSet(`ps ls images pull push version info inspect logs login logout rm rmi stop kill wait top stats port tag history
	search save load import export events diff cp rename help volume network image system`)

// namespaceModes are the values of options for namespaces that give a container
// one of its own, by the option.
var namespaceModes = map[string]map[string]bool{
	"--pid":      wordSet("private"),
	"--ipc":      wordSet("private none shareable"),
	"--uts":      wordSet("private"),
	"--cgroupns": wordSet("private"),
	"--userns":   wordSet("private auto nomap keep-id"),
}
