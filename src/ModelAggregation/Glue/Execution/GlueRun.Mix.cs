namespace ModelAggregation.Glue.Execution;

/// <content>Mixtures.</content>
internal sealed partial class GlueRun
{
    private async Task<IReadOnlyList<MixtureOutcome>> MixAsync(GlueFolder folder, ZooInputs inputs, IReadOnlyList<FamilyOutcome> families, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        return [];
    }
}
