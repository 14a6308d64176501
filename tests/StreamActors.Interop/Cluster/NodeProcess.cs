using System.Net;
using System.Net.Sockets;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Cluster;

/// <summary>One node of a cluster as a process of its own, which can be stopped, killed and started again on the same data.</summary>
internal sealed class NodeProcess(int id, int port, int clusterPort, int[] seeds, string data, bool controls) : IAsyncDisposable
{
    const int SigKill = 9, SigCont = 18, SigStop = 19;

    Command? _process;

    /// <summary>Three that will find each other; the first one may hold the controller. Not started.</summary>
    public static IEnumerable<NodeProcess> Three(string data)
    {
        var ports = FreePorts(6);
        return Enumerable.Range(0, 3).Select(index =>
            new NodeProcess(index + 1, ports[index], ports[index + 3], ports[3..], Path.Combine(data, $"node-{index + 1}"), controls: index == 0)).ToList();
    }

    public int Id => id;

    public string Address => $"127.0.0.1:{port}";

    public bool HasExited => _process is null || _process.HasExited;

    public string Told => _process is null ? "not started" : $"node {id}:\n{_process.Output}\n{_process.Errors}";

    public void Start() => _process = Command.Start(
    [
        BrokerProcess.Binary, "server", "--data", data, "--port", $"{port}",
        "--set", $"node.id={id}", "--set", $"process.roles=[{(controls ? "broker, controller" : "broker")}]",
        "--set", $"streamactors.cluster.port={clusterPort}", "--set", $"streamactors.cluster.seed-nodes=[{string.Join(',', seeds.Select(seed => $"\"127.0.0.1:{seed}\""))}]",
        "--set", $"advertised.listeners=\"PLAINTEXT://127.0.0.1:{port}\"", "--set", "auto.create.topics.enable=false",
        // However long a pause of some seconds takes on a busy machine, the others must not give the node up.
        "--set", "akka.cluster.split-brain-resolver.stable-after=60s",
    ]);

    public void Pause() => _process!.Signal(SigStop);

    public void Continue() => _process!.Signal(SigCont);

    public async Task KillAsync()
    {
        _process!.Signal(SigKill);
        await _process.ExitAsync(100);
        await _process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null) return;
        _process.Signal(SigCont);
        _process.Terminate();
        await using (_process) await _process.ExitAsync(100);
    }

    static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }
}
