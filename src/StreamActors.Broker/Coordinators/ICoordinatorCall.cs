namespace StreamActors.Broker.Coordinators;

/// <summary>A command to a coordinator, and whoever waits for its answer. What it carries must not be memory that ends with the wait.</summary>
public interface ICoordinatorCall<out TCommand> : ICoordinatorCommand
{
    /// <summary>The command, named so that the answer finds back.</summary>
    TCommand CommandFor(CallId call);

    /// <summary>Answers; does nothing when it has been answered or given up already.</summary>
    void Reply(object response);
}
