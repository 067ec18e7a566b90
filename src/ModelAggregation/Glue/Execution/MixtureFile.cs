namespace ModelAggregation.Glue.Execution;

/// <summary>What <c>mixture-&lt;name&gt;.json</c> says.</summary>
/// <param name="Name">The name.</param>
/// <param name="Level">The level's word.</param>
/// <param name="Family">The family, or null for a mixture of families.</param>
/// <param name="Folder">The folder, relative to the output; null for a mixture that was not made.</param>
/// <param name="Note">Why it was not made; null when it was.</param>
/// <param name="Experts">The experts, in the order of the routers' rows.</param>
/// <param name="Warnings">What its plan and its routers' diagnosis warn of.</param>
/// <param name="Fits">How its routers were fitted, if they were.</param>
/// <param name="Routing">Where the prompts that models are selected by go; null where no prompts were read.</param>
internal sealed record MixtureFile(
    string Name, string Level, string? Family, string? Folder, string? Note, ExpertEntry[] Experts, string[] Warnings, FitEntry[] Fits, RoutingEntry? Routing)
{
    /// <summary>Makes what is kept of a mixture that was not made.</summary>
    public static MixtureFile None(string name, string level, string? family, string note) => new(name, level, family, null, note, [], [], [], null);
}
