namespace StreamActors.Cluster.Controller;

/// <summary>What a controller may do when its journal turns out to be empty.</summary>
/// <param name="KnownClusterId">
/// The cluster that this node belongs to, from its data folder; empty for a new node. A cluster with a history never gets a
/// controller with an empty journal.
/// </param>
/// <param name="MayFound">Whether this node started a cluster by itself, and so may found one.</param>
/// <param name="NewClusterId">Draws the id of a new cluster.</param>
public sealed record ControllerBootstrap(string KnownClusterId, bool MayFound, Func<string> NewClusterId);
