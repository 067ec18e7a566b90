using System.CommandLine;
using ModelAggregation.Inspection;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tool;

/// <summary><c>diff</c>: how two models or adapters differ.</summary>
internal static class DiffCommand
{
    private static readonly Argument<string> First = SharedOptions.Model("first");
    private static readonly Argument<string> Second = SharedOptions.Model("second");
    private static readonly Option<int> Threads = SharedOptions.Threads();
    private static readonly Option<long> Memory = SharedOptions.Memory(64L << 20);
    private static readonly Option<bool> All = new("--all") { Description = "List the tensors that are equal, too." };
    private static readonly Option<bool> Json = SharedOptions.Json();

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Command command = new("diff", "Compares two models or adapters tensor by tensor; the largest relative distance comes first.")
        {
            First, Second, Threads, Memory, All, Json,
        };
        command.Runs("Interrupted.", (parsed, cancellationToken) =>
        {
            ModelResolver resolver = new();
            using TensorSet first = resolver.Open(parsed.GetRequiredValue(First));
            using TensorSet second = resolver.Open(parsed.GetRequiredValue(Second));
            CheckpointDifference difference = ProgressBar.Run(progress => CheckpointComparer.Compare(
                first, second, SharedOptions.Inspection(parsed.GetValue(Threads), parsed.GetValue(Memory)), progress, cancellationToken));
            if (parsed.GetValue(Json))
            {
                Console.WriteLine(DifferenceJson.Of(difference));
            }
            else
            {
                DifferenceText.Write(difference, parsed.GetValue(All), Console.Out);
            }
        });
        return command;
    }
}
