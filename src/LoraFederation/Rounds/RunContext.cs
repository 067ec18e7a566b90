using Microsoft.Extensions.Logging;
using ModelTensors.Devices;
using RunKit;

namespace LoraFederation.Rounds;

/// <summary>What the parts of a run share.</summary>
internal sealed record RunContext(
    FederatedRunOptions Options,
    TensorDevice Device,
    RunFolder Folder,
    RunJournal<RunRecord> Journal,
    RunHistory History,
    ILogger Logger,
    IProgress<FederatedRunProgress>? Progress)
{
    /// <summary>Records what was done; what it speaks of is on the disk already.</summary>
    public void Record(RunRecord record)
    {
        Step($"before {record.Kind}");
        Journal.Append(record);
        History.Add(record);
        Step($"after {record.Kind}");
    }

    public void Step(string name) => Options.OnStep?.Invoke(name);
}
