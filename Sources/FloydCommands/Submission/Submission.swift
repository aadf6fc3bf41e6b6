import FloydAPI
import FloydClient
import FloydModel

/// Brings the code of the current folder to the server and submits a job on it.
struct Submission {
    var client: FloydClient
    var context: CommandContext
    var project: FolderMarker.Content

    /// A folder whose code the server has already is two requests; nothing is sent where the job can't be.
    func submit(_ plan: RunPlan) throws(FloydError) -> JobResponse {
        let upload = FolderUpload(client: client, context: context, folder: context.folder, label: .code)
        let survey = try upload.survey()
        try RequirementsCheck(survey: survey, folder: context.folder).check()
        let code = try upload.send(survey, isFirst: false) { () throws(FloydError) in
            try SubmissionCheck(client: client).check(plan)
        }
        return try client.submit(
            SubmitJobRequest(
                project: project.name,
                code: code.id,
                command: plan.command,
                environment: plan.environment,
                instanceType: plan.instanceType,
                data: plan.data,
                message: plan.message,
                maxRuntime: plan.maxRuntime,
                retries: plan.retries
            )
        )
    }
}
