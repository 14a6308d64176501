using StreamActors.Cluster.Controller;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Cluster.Tests.Controller;

/// <summary>Settings of brokers that change while they run; what is refused and taken is what the reference refuses and takes.</summary>
public class BrokerConfigTests
{
    private const string Cleaners = "log.cleaner.threads";

    private readonly ControllerFixture controller = new();

    [Theory]
    [InlineData(Cleaners, "2", null)]
    [InlineData(Cleaners, "3", "above twice")]
    [InlineData(Cleaners, "0", "at least 1")]
    [InlineData("num.io.threads", "16", null)]
    [InlineData("num.io.threads", "4", null)]
    [InlineData("num.io.threads", "40", "above twice")]
    [InlineData("num.io.threads", "3", "below half")]
    public void A_number_of_threads_is_halved_or_doubled_at_most(string name, string value, string? fault)
    {
        var (error, message) = Alter("", name, value);
        Assert.Equal(fault is null ? ErrorCode.None : ErrorCode.InvalidRequest, error);
        if (fault is not null) Assert.Contains(fault, message, StringComparison.Ordinal);
        Assert.Equal(fault is null ? value : null, controller.Image.ConfigsOf(ConfigResourceType.Broker, "").GetValueOrDefault(name));
    }

    [Fact]
    public void What_counts_is_what_the_broker_has_by_all_that_was_set()
    {
        Assert.Equal(ErrorCode.None, Alter("1", Cleaners, "2").Error);
        Assert.Equal(ErrorCode.InvalidRequest, Alter("1", Cleaners, "5").Error);
        Assert.Equal(ErrorCode.None, Alter("1", Cleaners, "4").Error);
        Assert.Equal(ErrorCode.InvalidRequest, Alter("1", Cleaners, null).Error);
        Assert.Equal(ErrorCode.None, Alter("", Cleaners, "2").Error);
        Assert.Equal(ErrorCode.None, Alter("1", Cleaners, null).Error);

        var replaced = controller.Decide<AlterConfigsResponse>(new AlterConfigsRequest
        {
            Resources = [new() { ResourceType = 4, ResourceName = "1", Configs = [new() { Name = Cleaners, Value = "5" }] }],
        });
        Assert.Equal(ErrorCode.InvalidRequest, (ErrorCode)Assert.Single(replaced.Responses).ErrorCode);
        var given = new ControllerFixture(new ControllerSettings { StaticBrokerConfigs = new Dictionary<string, string> { [Cleaners] = "8" } });
        Assert.Equal(ErrorCode.InvalidRequest, Alter("1", Cleaners, "3", given).Error);
        Assert.Equal(ErrorCode.None, Alter("1", Cleaners, "16", given).Error);
    }

    private (ErrorCode Error, string? Message) Alter(string broker, string name, string? value, ControllerFixture? at = null)
    {
        var response = (at ?? controller).Decide<IncrementalAlterConfigsResponse>(new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 4, ResourceName = broker, Configs = [new() { Name = name, Value = value, ConfigOperation = (sbyte)(value is null ? 1 : 0) }] }],
        });
        var answer = Assert.Single(response.Responses);
        return ((ErrorCode)answer.ErrorCode, answer.ErrorMessage);
    }
}
