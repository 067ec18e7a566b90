using System.CommandLine;
using ModelAggregation.Inspection;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tool;

/// <summary><c>inspect</c>: what a model or an adapter holds.</summary>
internal static class InspectCommand
{
    private static readonly Argument<string> Model = SharedOptions.Model("model");
    private static readonly Option<int> Threads = SharedOptions.Threads();
    private static readonly Option<long> Memory = SharedOptions.Memory(64L << 20);
    private static readonly Option<bool> Headers = new("--headers") { Description = "Read headers only: no counts of NaN and infinities, no norms." };
    private static readonly Option<bool> Json = SharedOptions.Json();

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Command command = new("inspect", "Lists the tensors of a model or an adapter, with norms and counts of NaN and infinities, and sums up its configuration.")
        {
            Model, Threads, Memory, Headers, Json,
        };
        command.Runs("Interrupted.", (parsed, cancellationToken) =>
        {
            using TensorSet model = new ModelResolver().Open(parsed.GetRequiredValue(Model));
            CheckpointInspection inspection = parsed.GetValue(Headers)
                ? CheckpointInspector.InspectHeaders(model)
                : ProgressBar.Run(progress => CheckpointInspector.Inspect(
                    model, SharedOptions.Inspection(parsed.GetValue(Threads), parsed.GetValue(Memory)), progress, cancellationToken));
            if (parsed.GetValue(Json))
            {
                Console.WriteLine(InspectionJson.Of(inspection));
            }
            else
            {
                InspectionText.Write(inspection, Console.Out);
            }
        });
        return command;
    }
}
