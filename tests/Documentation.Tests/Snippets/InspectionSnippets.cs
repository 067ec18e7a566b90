using ModelAggregation.Inspection;
using ModelTensors.Checkpoints;

namespace Documentation.Tests.Snippets;

public sealed class InspectionSnippets
{
    [Test]
    public void Inspection()
    {
        string models = WorkFolder.Models;

        // snippet: Inspection
        using Checkpoint before = Checkpoint.Open($"{models}/a-base");
        using Checkpoint after = Checkpoint.Open($"{models}/a-sort");

        CheckpointInspection inspection = CheckpointInspector.Inspect(after);
        Console.WriteLine($"{inspection.ParameterCount:N0} parameters, {inspection.NonFiniteCount} of them not finite");

        CheckpointDifference difference = CheckpointComparer.Compare(before, after);
        TensorDifference most = difference.Tensors.MaxBy(tensor => tensor.RelativeDistance)!;
        Console.WriteLine($"{difference.ChangedTensors} tensors changed; {most.First.Name} most, by {most.RelativeDistance:P1}");
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(inspection.ParameterCount, Is.EqualTo(329_376));
            Assert.That(difference.ChangedTensors, Is.EqualTo(30));
            Assert.That(most.RelativeDistance, Is.GreaterThan(difference.RelativeDistance));
        }
    }
}
