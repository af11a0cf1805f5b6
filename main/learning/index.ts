/** Learning for the application: jobs in an engine process, models, profiles. */
export { LearningService, type LearningOptions } from './service/learning-service';
export type { LearningAnnotations, LearningArchive } from './service/surroundings';
