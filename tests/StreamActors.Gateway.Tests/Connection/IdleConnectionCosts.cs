using StreamActors.Gateway.Tests.Support;
using StreamActors.Protocol.Transport;
using Xunit.Abstractions;

namespace StreamActors.Gateway.Tests.Connection;

[Collection(MeasuresMemory.Name)]
public class IdleConnectionCosts(ITestOutputHelper output)
{
    [Fact]
    public async Task An_idle_connection_costs_a_few_kilobytes()
    {
        const int Count = 2000; // both ends are in this process: file descriptors set the bound
        await using var gateway = await GatewayUnderTest.StartAsync(TestProcessor.Echo());
        var clients = new List<System.Net.Sockets.Socket>();
        var request = Frames.Request(1, 100);
        var answer = new byte[100];
        await ConnectAsync(50);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await ConnectAsync(Count);
        await Eventually.IsTrue(() => gateway.Registry.Count == clients.Count, "all are connected");
        var both = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{both / Count} bytes per idle connection, the client's socket included");
        Assert.Equal(0, gateway.FrameMemoryTaken);
        Assert.True(both / Count < 6000, $"{both / Count} bytes per connection");
        clients.ForEach(client => client.Dispose());

        async Task ConnectAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var client = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await client.ConnectAsync("127.0.0.1", gateway.Listener.Port);
                client.Send(request);
                client.Receive(answer);
                clients.Add(client);
            }
        }
    }
}
