using System.CommandLine;
using StreamActors.Cluster;
using StreamActors.Configuration;
using StreamActors.Hosting;

namespace StreamActors.Commands;

/// <summary><c>streamactors server</c>: runs a node.</summary>
internal sealed class ServerCommand : Command
{
    private readonly CommandContext _context;

    private readonly Option<string?> _config = new("--config", "-c")
    {
        Description = "Configuration in HOCON, on top of the defaults.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _set = new("--set", "-s")
    {
        Description = "One setting, on top of the file: Kafka's names as they are (num.partitions=3), others with their full path (streamactors.replicas.passivate-after=5m).",
        HelpName = "PATH=VALUE",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _data = new("--data", "-d") { Description = "Data folder.", HelpName = "DIR" };

    private readonly Option<int?> _port = new("--port", "-p") { Description = "Port of the first listener; 0 for any free one.", HelpName = "N" };

    private readonly Option<bool> _check = new("--check") { Description = "Check the configuration, and do not start." };

    public ServerCommand(CommandContext context)
        : base("server", "Run a node.")
    {
        _context = context;
        _port.Check(port => [port is < 0 or > 65535 ? "--port must be from 0 to 65535" : null]);
        Add(_config);
        Add(_set);
        Add(_data);
        Add(_port);
        Add(_check);
        SetAction(ExecuteAsync);
    }

    private async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        ServerSettings settings;
        try
        {
            var sources = new ConfigurationSources(arguments.GetValue(_config), arguments.GetValue(_set), arguments.GetValue(_data), arguments.GetValue(_port));
            settings = ConfigurationLoader.Load(sources, _context.Environment);
        }
        catch (ConfigurationException e)
        {
            foreach (var problem in e.Problems)
                _context.WriteError(problem);
            return (int)ExitCode.Usage;
        }

        if (!arguments.GetValue(_check))
            return await ServerHost.RunAsync(settings, cancellation);
        _context.Out.WriteLine($"The configuration of node {settings.NodeId} is valid.");
        return (int)ExitCode.Ok;
    }
}
