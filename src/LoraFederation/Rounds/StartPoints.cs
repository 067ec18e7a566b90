namespace LoraFederation.Rounds;

/// <summary>Tells a client what to start from: the aggregates of the rounds before.</summary>
internal sealed class StartPoints(RunContext context)
{
    public TrainingTask Apply(TrainingTask task)
    {
        if (context.Options.Start == RoundStart.WarmStart && task.Round > 0)
        {
            string folder = new WarmStarts(context).FolderOf(task.Round, task.Rank, task.Alpha);
            string frozen = Path.Combine(folder, WarmStarts.Frozen);
            return task with { StartAdapter = Path.Combine(folder, WarmStarts.Trained), MergedAdapters = Directory.Exists(frozen) ? [frozen] : [] };
        }

        bool isFresh = context.Options.Start == RoundStart.FreshOnMergedBase;
        List<string> merged = [];
        for (int round = 0; round < task.Round; round++)
        {
            if (isFresh)
            {
                merged.Add(AdapterOf(round, task.ClientId));
            }

            string residual = context.Folder.InRound(round, RunFolder.Residual);
            if (Directory.Exists(residual))
            {
                merged.Add(residual);
            }
        }

        string? cumulative = task.Round == 0 ? null : context.Folder.InRound(task.Round - 1, RunFolder.Cumulative);
        return task with
        {
            MergedAdapters = merged,
            CumulativeAdapter = Directory.Exists(cumulative) ? cumulative : null,
            StartAdapter = isFresh || task.Round == 0 ? context.Options.InitialAdapter : AdapterOf(task.Round - 1, task.ClientId),
        };
    }

    // What a method made for this client alone is what it goes on with, where there is such.
    private string AdapterOf(int round, string client)
    {
        string own = context.Folder.PersonalOf(round, client);
        return Directory.Exists(own) ? own : context.Folder.InRound(round, RunFolder.Global);
    }
}
